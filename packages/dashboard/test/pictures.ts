import { mkdirSync } from "node:fs"
import { launch } from "./Browser.ts"
import { fileURLToPath } from "node:url"

/**
 * The pictures of the manual, from a program that runs: `node packages/dashboard/test/pictures.ts <sign-in link> [directory]`. Wait until
 * a demo has loaded its history. Two sizes, two themes, nothing made up beside what the program shows.
 */
const [link, directory = fileURLToPath(new URL("../../../docs", import.meta.url))] = process.argv.slice(2)
if (link === undefined) {
  process.stderr.write("Pass a sign-in link: npx signalflow link prints one\n")
  process.exit(2)
}

const sizes = { wide: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } } as const
const shots = [
  { name: "now", size: "wide", topic: false },
  { name: "topic", size: "wide", topic: true },
  { name: "phone", size: "phone", topic: false },
] as const

mkdirSync(directory, { recursive: true })
const browser = await launch()
const context = await browser.newContext({ viewport: sizes.wide })
const page = await context.newPage()
await page.goto(link)
await page.waitForSelector(".trend-rising [data-row]")
const home = new URL(link).origin
const first = await page.locator(".trend-rising [data-row]").first().getAttribute("href")
for (const { name, size, topic } of shots) {
  for (const theme of ["light", "dark"] as const) {
    await page.setViewportSize(sizes[size])
    await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" })
    await page.goto(home + (topic ? first : "/"))
    await page.waitForSelector(topic ? ".topic .post" : ".live-row")
    await page.waitForSelector(".trend-rising")
    await page.waitForFunction(() => document.querySelector(".skeleton") === null)
    await page.evaluate(() => document.fonts.ready)
    const path = `${directory}/${name}${theme === "dark" ? "-dark" : ""}.png`
    await page.screenshot({ path })
    process.stdout.write(`${path}\n`)
  }
}
await browser.close()
