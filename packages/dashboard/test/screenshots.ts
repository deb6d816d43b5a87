import { mkdirSync } from "node:fs"
import { fileURLToPath } from "node:url"
import type { Browser, Page } from "playwright-core"
import { launch } from "./Browser.ts"
import { type Mock, type Scenario, signInLink, startMock } from "./mock/Server.ts"

/** Pictures of every page and state: `node packages/dashboard/test/screenshots.ts [directory] [name…]`, after `npm run build -w @signalflow/dashboard`. */
const [directory = "/tmp/signalflow-shots", ...only] = process.argv.slice(2)
const dist = fileURLToPath(new URL("../dist", import.meta.url))

interface Shot {
  readonly name: string
  readonly path: string
  readonly scenario?: Scenario
  readonly signedOut?: boolean
  readonly act?: (page: Page, mock: Mock) => Promise<void>
}

const settle = (page: Page) => page.waitForTimeout(2_600)

const shots: ReadonlyArray<Shot> = [
  { name: "now", path: "/" },
  { name: "topic", path: "/?topic=chip+export+ban" },
  {
    name: "topic-table",
    path: "/?topic=dns+outage",
    act: async (page) => await page.getByRole("button", { name: "table" }).click(),
  },
  { name: "topic-cooled", path: "/?topic=game+awards" },
  { name: "now-platform", path: "/?platform=hackernews" },
  { name: "now-usual", path: "/?usual=shown" },
  {
    name: "hint",
    path: "/",
    act: async (page) => await page.getByRole("button", { name: "usual" }).click(),
  },
  { name: "unknown", path: "/tulips" },
  { name: "posts", path: "/posts" },
  { name: "posts-filtered", path: "/posts?topic=dns+outage&sentiment=negative&sort=hot" },
  { name: "posts-empty", path: "/posts?topic=nothing+of+the+kind" },
  { name: "sources", path: "/sources" },
  { name: "sources-degraded", path: "/sources", scenario: "degraded" },
  { name: "now-degraded", path: "/", scenario: "degraded" },
  { name: "now-cold", path: "/", scenario: "cold" },
  { name: "now-empty", path: "/", scenario: "empty" },
  { name: "now-error", path: "/", scenario: "error" },
  { name: "now-loading", path: "/", scenario: "slow" },
  { name: "signin", path: "/", signedOut: true },
  {
    name: "signin-spent",
    path: "/#code=a-code-that-was-used",
    signedOut: true,
  },
  {
    name: "help",
    path: "/",
    act: async (page) => {
      await page.keyboard.press("?")
      await page.waitForTimeout(400)
    },
  },
  {
    name: "held",
    path: "/",
    act: async (page) => {
      await page.locator(".live-list").hover()
      await page.waitForTimeout(4_000)
    },
  },
  {
    name: "offline",
    path: "/",
    act: async (page, mock) => {
      mock.cut()
      await page.waitForSelector(".notice-offline", { timeout: 30_000 })
      await page.waitForSelector(".live-dot-offline", { timeout: 30_000 })
    },
  },
]

const sizes = { wide: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } } as const

const take = async (browser: Browser, shot: Shot, size: keyof typeof sizes, theme: "light" | "dark") => {
  const mock = await startMock(dist)
  mock.scenario = shot.scenario ?? "usual"
  const context = await browser.newContext({ viewport: sizes[size], colorScheme: theme, deviceScaleFactor: size === "phone" ? 2 : 1 })
  const page = await context.newPage()
  const complaints: Array<string> = []
  page.on("console", (message) => {
    const expected = shot.name === "offline" || /401|503/.test(message.text())
    if (message.type() === "error" && !expected) complaints.push(message.text())
  })
  page.on("pageerror", (error) => complaints.push(String(error)))
  if (shot.signedOut !== true) {
    await page.goto(signInLink(mock))
    await page.waitForSelector(".header")
  }
  await page.goto(mock.url + shot.path)
  await settle(page)
  await shot.act?.(page, mock)
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
  await page.screenshot({
    path: `${directory}/${shot.name}-${size}-${theme}.png`,
    fullPage: false,
  })
  await page.setViewportSize({ width: 320, height: 640 })
  const narrow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
  process.stdout.write(
    `${shot.name} ${size} ${theme}${Math.max(overflow, narrow) > 0 ? `  SCROLLS SIDEWAYS by ${overflow}, at 320 by ${narrow}` : ""}${complaints.map((text) => `\n  ${text}`).join("")}\n`,
  )
  await context.close()
  await mock.close()
}

mkdirSync(directory, { recursive: true })
const browser = await launch()
for (const shot of shots.filter(({ name }) => only.length === 0 || only.includes(name))) {
  for (const size of ["wide", "phone"] as const) for (const theme of ["light", "dark"] as const) await take(browser, shot, size, theme)
}
await browser.close()
