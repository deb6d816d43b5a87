import { existsSync } from "node:fs"
import { assert } from "@effect/vitest"
import axe from "axe-core"
import type { Browser, BrowserContext, Page } from "playwright-core"
import { afterAll, beforeAll, describe, it } from "vitest"
import { notInstalled } from "../../../infra/test/missing.ts"
import { isInstalled, launch } from "./Browser.ts"
import { type Mock, signInLink, startMock } from "./mock/Server.ts"
import { fileURLToPath } from "node:url"

const dist = fileURLToPath(new URL("../dist", import.meta.url))
const without = isInstalled() ? null : notInstalled("Chromium")

const views = [
  "/",
  "/?usual=shown",
  "/?topic=chip+export+ban",
  "/?topic=game+awards",
  "/?platform=hackernews",
  "/posts",
  "/sources",
  "/tulips",
]
const sizes = { wide: { width: 1440, height: 900 }, phone: { width: 390, height: 844 }, narrow: { width: 320, height: 640 } } as const

interface Violation {
  readonly id: string
  readonly nodes: ReadonlyArray<{ readonly target: ReadonlyArray<string>; readonly failureSummary: string }>
}

const violations = async (page: Page): Promise<ReadonlyArray<string>> => {
  await page.evaluate(axe.source)
  const found = await page.evaluate(
    async () =>
      // oxlint-disable-next-line typescript/no-explicit-any -- the library puts itself there
      (await (globalThis as any).axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] }))
        .violations as ReadonlyArray<Violation>,
  )
  return found.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => `${id}: ${target.join(" ")}: ${failureSummary}`))
}

/** Texts that are on show and smaller than 12 pixels. */
const tooSmall = (page: Page) =>
  page.evaluate(() => {
    const found: Array<string> = []
    let seen = 0
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const element = node.parentElement
      if (element === null || (node.textContent ?? "").trim() === "" || element.getClientRects().length === 0) continue
      seen++
      const size = Number.parseFloat(getComputedStyle(element).fontSize)
      if (size < 12) found.push(`${size} px: ${node.textContent}`)
    }
    return { seen, found, root: getComputedStyle(document.documentElement).fontSize }
  })

describe.skipIf(without !== null)("the page in a browser", () => {
  let browser: Browser
  let mock: Mock

  beforeAll(async () => {
    assert.isTrue(existsSync(`${dist}/index.html`), "build the dashboard first: npm run build")
    mock = await startMock(dist)
    browser = await launch()
  })
  afterAll(async () => {
    await browser.close()
    await mock.close()
  })

  const look = async (
    size: keyof typeof sizes,
    theme: "light" | "dark",
    at: (page: Page, open: (path: string) => Promise<void>) => Promise<void>,
  ) => {
    const context: BrowserContext = await browser.newContext({ viewport: sizes[size], colorScheme: theme, reducedMotion: "reduce" })
    try {
      const page = await context.newPage()
      await page.goto(signInLink(mock))
      await page.waitForSelector(".header")
      await at(page, async (path) => {
        await page.goto(mock.url + path)
        await page.waitForSelector("h1")
        await page.waitForFunction(() => document.querySelector(".skeleton") === null)
      })
    } finally {
      await context.close()
    }
  }

  for (const size of ["wide", "phone"] as const) {
    for (const theme of ["light", "dark"] as const) {
      it(`breaks no rule of WCAG A and AA: ${size}, ${theme}`, () =>
        look(size, theme, async (page, open) => {
          for (const path of views) {
            await open(path)
            assert.deepStrictEqual(await violations(page), [], path)
          }
          await open("/")
          await page.getByRole("button", { name: "usual", exact: true }).click()
          await page.getByRole("tooltip").waitFor()
          assert.deepStrictEqual(await violations(page), [], "with an explanation open")
          await page.keyboard.press("Escape")
          await page.keyboard.press("?")
          await page.getByRole("dialog", { name: "Keys" }).waitFor()
          assert.deepStrictEqual(await violations(page), [], "with the help open")
        }))
    }
  }

  it("finds what breaks a rule", () =>
    look("wide", "light", async (page, open) => {
      await open("/")
      await page.evaluate(() => {
        const button = document.createElement("button")
        button.style.fontSize = "9px"
        document.body.append(button, "tiny")
        document.body.style.fontSize = "11px"
      })
      assert.match((await violations(page)).join(), /button-name/)
      assert.match((await tooSmall(page)).found.join(), /11 px: tiny/)
    }))

  for (const size of ["wide", "phone", "narrow"] as const) {
    it(`has a rem of 16 pixels, no text below 12 and nothing beside the page: ${size}`, () =>
      look(size, "light", async (page, open) => {
        for (const path of views) {
          await open(path)
          const { seen, found, root } = await tooSmall(page)
          assert.strictEqual(root, "16px")
          assert.deepStrictEqual(found, [], path)
          assert.isAbove(seen, 5)
          assert.isAtMost(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), 0, path)
        }
      }))
  }

  it("prints nothing over the curve of a row at 320 pixels, and keeps the feeling in sight", () =>
    look("narrow", "light", async (page, open) => {
      await open("/")
      const rows = await page.evaluate(() =>
        [...document.querySelectorAll(".trend")].map((row) => {
          const box = (name: string) => row.querySelector(name)!.getBoundingClientRect()
          const spark = box(".spark")
          const over = [".trend-marks", ".feeling", ".trend-number", ".trend-name"].filter((name) => {
            const other = box(name)
            return other.left < spark.right && spark.left < other.right && other.top < spark.bottom && spark.top < other.bottom
          })
          return { over, feeling: box(".feeling").width }
        }),
      )
      assert.isAbove(rows.length, 5)
      for (const { over, feeling } of rows) {
        assert.deepStrictEqual(over, [])
        assert.isAbove(feeling, 20)
      }
    }))

  it("explains by key and by touch, inside the window", async () => {
    const context = await browser.newContext({ viewport: sizes.narrow, hasTouch: true })
    const page = await context.newPage()
    await page.goto(signInLink(mock))
    await page.waitForSelector(".explain")
    for (const name of ["usual", "platforms", "feeling", "states"]) {
      const button = page.getByRole("button", { name, exact: true })
      const tip = page.getByRole("tooltip")
      await button.tap()
      await tip.waitFor()
      const box = await tip.boundingBox()
      assert.isTrue(box !== null && box.x >= 0 && box.x + box.width <= 320 && box.y >= 0 && box.y + box.height <= 640, name)
      assert.isAbove((await tip.textContent())!.length, 20)
      await page.keyboard.press("Escape")
      await tip.waitFor({ state: "hidden" })
      await button.press("Enter")
      await tip.waitFor()
      await page.keyboard.press("Tab")
      await tip.waitFor({ state: "hidden" })
    }
    await context.close()
  })
})
