import { existsSync } from "node:fs"
import { chromium } from "playwright-core"

export const executablePath = process.env["CHROMIUM"] ?? "/usr/bin/chromium"

/** Whether there is a browser to look with. */
export const isInstalled = () => existsSync(executablePath)

/** A browser that asks nothing of the network by itself. */
export const launch = () =>
  chromium.launch({
    executablePath,
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  })
