import { assert, describe, it } from "@effect/vitest"
import { cleanup, fireEvent, render, screen, waitFor } from "@testing-library/react"
import { afterEach, beforeEach, vi } from "vitest"
import { App } from "../../src/app/App.tsx"
import { makeAccounts } from "../../src/server/client.ts"
import { makeSession } from "../../src/server/session.ts"
import { at, signal, source, topic, trends } from "../Fixtures.ts"
import { type Answer, browser, json, problem, scripted, token, unauthorized } from "../Script.ts"

const CODE = "abcdef0123456789"
const SCRIPT = `<img src=x onerror="globalThis.harmed=true"><script>globalThis.harmed=true</script>`

/** A socket that never opens: the pages must stand without one. */
class Silent extends EventTarget {
  static readonly opened: Array<Silent> = []
  readyState = 0
  readonly sent: Array<unknown> = []
  constructor() {
    super()
    Silent.opened.push(this)
  }
  send(text: string) {
    this.sent.push(JSON.parse(text))
  }
  close() {
    this.readyState = 3
  }
  says(value: unknown) {
    this.dispatchEvent(new MessageEvent("message", { data: JSON.stringify(value) }))
  }
}

const data: Answer = ({ path, query }) => {
  if (path === "/api/v1/trending") return json(trends([topic("chip export ban"), topic("game awards", { state: "cooling" })]))
  if (path === "/api/health") return json({ status: "ok", version: "0", uptimeSeconds: 1, world: "simulated" })
  if (path === "/api/v1/sources")
    return json({ results: [source("bluesky", { state: "degraded", why: "no message for 42 min" }), source("hackernews")] })
  if (path === "/api/v1/signals") {
    const about = query.get("topic")
    return json({ results: [signal("bluesky:1", { body: about === null ? "hello" : `a post on ${about}` })], next: null })
  }
  return json({}, 404)
}

const signedIn =
  (answer: Answer = data): Answer =>
  (request) =>
    request.path.startsWith("/api/token") ? token("t1") : request.token === "t1" ? answer(request) : unauthorized()

const open = async (path: string, answer: Answer, code: string | null = null) => {
  history.replaceState(null, "", path)
  const { transport, asked } = scripted(answer)
  const session = makeSession(makeAccounts(transport), browser().tab())
  const view = render(<App session={session} transport={transport} />)
  await session.start(code)
  return { asked, session, ...view }
}

describe("the dashboard", () => {
  beforeEach(() => {
    Silent.opened.length = 0
    vi.stubGlobal("WebSocket", Silent)
  })
  afterEach(() => {
    cleanup()
    vi.unstubAllGlobals()
  })

  it("tells who is not signed in how to get a link, and takes one that is pasted", async () => {
    let known = false
    const { asked } = await open("/", (request) => {
      if (request.path === "/api/token/link") known = request.body.includes(CODE)
      return known ? signedIn()(request) : unauthorized()
    })
    assert.isNotNull(await screen.findByText("npx signalflow link"))
    const field = screen.getByLabelText("Link or code")
    fireEvent.change(field, { target: { value: "tulips!" } })
    fireEvent.click(screen.getByRole("button", { name: "Sign in" }))
    assert.match((await screen.findByRole("alert")).textContent, /neither a link nor a code/)
    assert.deepStrictEqual(asked, ["POST /api/token/refresh"])

    fireEvent.change(field, { target: { value: `http://127.0.0.1:8080/#code=${CODE}` } })
    fireEvent.click(screen.getByRole("button", { name: "Sign in" }))
    assert.isNotNull(await screen.findByRole("link", { name: /chip export ban/ }))
  })

  it("shows what rises, what cools, what is degraded, and counts what rises in its title", async () => {
    await open("/", signedIn(), CODE)
    assert.isNotNull(await screen.findByRole("link", { name: /chip export ban.*rising/ }))
    assert.isNotNull(screen.getByRole("heading", { name: "cooling" }))
    assert.isNotNull(await screen.findByText(/Bluesky is degraded since .*no message for 42 min/))
    assert.strictEqual(document.title, "(1) Now · SignalFlow")
  })

  it("shows what it was told live, and takes out what was removed", async () => {
    await open("/", signedIn(), CODE)
    await waitFor(() => assert.strictEqual(Silent.opened.length, 1))
    const [socket] = Silent.opened as [Silent]
    socket.dispatchEvent(new Event("open"))
    socket.says({ type: "hello", epoch: "e", offset: 0 })
    socket.says({ type: "signal", epoch: "e", offset: 1, signal: signal("bluesky:9", { body: "said just now", publishedAt: at(5) }) })
    assert.isNotNull(await screen.findByText("said just now"))
    socket.says({ type: "removed", epoch: "e", offset: 2, id: "bluesky:9" })
    await waitFor(() => assert.isNull(screen.queryByText("said just now")))
  })

  it("opens the evidence of a topic by its URL, and closes it with Escape", async () => {
    await open("/?topic=chip+export+ban", signedIn(), CODE)
    assert.isNotNull(await screen.findByRole("dialog", { name: "chip export ban" }))
    assert.isNotNull(screen.getByText(/Mentioned 38 times as often as usual/))
    assert.isNotNull(await screen.findByText("a post on chip export ban"))
    fireEvent.click(screen.getByRole("button", { name: "table" }))
    assert.strictEqual(screen.getByRole("region", { name: "Authors per quarter hour" }).querySelectorAll("tbody tr").length, 96)
    fireEvent.keyDown(document.body, { key: "Escape" })
    await waitFor(() => assert.isNull(screen.queryByRole("dialog")))
    assert.strictEqual(location.search, "")
  })

  it("says that its world is simulated, and what to run for the real one, only when the server says so", async () => {
    await open("/", signedIn(), CODE)
    const chip = await screen.findByRole("button", { name: /simulated/ })
    assert.strictEqual(chip.getAttribute("aria-expanded"), "false")
    fireEvent.click(chip)
    assert.strictEqual(chip.getAttribute("aria-expanded"), "true")
    assert.match(screen.getByRole("tooltip").textContent, /npx signalflow up/)
    fireEvent.click(chip)
    fireEvent.pointerEnter(chip, { pointerType: "mouse" })
    fireEvent.click(chip)
    assert.strictEqual(chip.getAttribute("aria-expanded"), "true")
    fireEvent.keyDown(chip, { key: "Escape" })
    assert.strictEqual(chip.getAttribute("aria-expanded"), "false")
    cleanup()
    const real = { status: "ok", version: "0", uptimeSeconds: 1, world: "real" }
    await open(
      "/",
      signedIn((request) => (request.path === "/api/health" ? json(real) : data(request))),
      CODE,
    )
    await screen.findByRole("link", { name: /chip export ban/ })
    assert.isNull(screen.queryByText(/simulated/))
  })

  it("hides what is as usual behind its number, keeps that in the URL, and finds it by name all the same", async () => {
    const steady = ["rust", "postgres", "climate"].map((name) => topic(name, { state: "steady", ratio: 1.1, since: null }))
    const answer = signedIn((request) =>
      request.path === "/api/v1/trending" ? json(trends([topic("chip export ban"), ...steady])) : data(request),
    )
    await open("/", answer, CODE)
    const more = await screen.findByRole("button", { name: "3 more, nothing unusual" })
    assert.isNull(screen.queryByRole("link", { name: /rust/ }))
    fireEvent.click(more)
    assert.isNotNull(await screen.findByRole("link", { name: /rust/ }))
    assert.strictEqual(location.search, "?usual=shown")
    fireEvent.click(screen.getByRole("button", { name: /^Hide 3 topics/ }))
    await waitFor(() => assert.isNull(screen.queryByRole("link", { name: /rust/ })))
    fireEvent.change(screen.getByRole("searchbox", { name: "Filter topics by name" }), { target: { value: "rus" } })
    assert.isNotNull(await screen.findByRole("link", { name: /rust/ }))
  })

  it("shows what a cooled topic was, without a rank and without a zero", async () => {
    const cooled = topic("breach", {
      state: "cooling",
      observed: 0,
      ratio: 0,
      sentiment: null,
      sentimentN: 0,
      peak: { at: new Date(Date.now() - 5.2 * 3_600_000).toISOString(), observed: 50, expected: 2.1, ratio: 23.8 },
    })
    const answer = signedIn((request) => (request.path === "/api/v1/trending" ? json(trends([cooled])) : data(request)))
    await open("/", answer, CODE)
    const row = (await screen.findByRole("link", { name: /breach/ })).closest("li")!
    assert.match(row.textContent, /was 24×\s*5\u00a0h ago/)
    assert.match(row.textContent, /quiet now/)
    assert.notMatch(row.textContent, /0×|(^|\D)0 authors|\.00/)
    assert.strictEqual(row.querySelector(".trend-rank")?.textContent, "")
  })

  it("shows one platform by that platform's numbers, live column included", async () => {
    const asked: Array<string> = []
    const answer = signedIn((request) => {
      if (request.path.startsWith("/api/v1/")) asked.push(`${request.path} ${request.query.get("platform")}`)
      if (request.path === "/api/v1/signals" && request.query.get("platform") === null)
        return json({ results: [signal("bluesky:1", { body: "a bluesky post" }), signal("hackernews:1", { body: "a story" })], next: null })
      return request.path === "/api/v1/signals"
        ? json({ results: [signal("hackernews:2", { body: "another story" })], next: null })
        : data(request)
    })
    await open("/?platform=hackernews", answer, CODE)
    assert.isNotNull(await screen.findByText("a story"))
    assert.isNotNull(await screen.findByText("another story"))
    assert.isNull(screen.queryByText("a bluesky post"))
    assert.include(asked, "/api/v1/trending hackernews")
  })

  it("shows ten rows on a phone, and the others when asked", async () => {
    vi.stubGlobal("matchMedia", () => ({ matches: true, addEventListener: () => undefined, removeEventListener: () => undefined }))
    const many = Array.from({ length: 14 }, (_, i) => topic(`topic ${String.fromCodePoint(97 + i)}`))
    await open(
      "/",
      signedIn((request) => (request.path === "/api/v1/trending" ? json(trends(many)) : data(request))),
      CODE,
    )
    await screen.findByRole("link", { name: /topic a/ })
    assert.strictEqual(screen.getAllByRole("link", { name: /^topic ./ }).length, 10)
    fireEvent.click(screen.getByRole("button", { name: "4 more" }))
    await waitFor(() => assert.strictEqual(screen.getAllByRole("link", { name: /^topic ./ }).length, 14))
    assert.strictEqual(location.search, "?rows=all")
  })

  it("says no zero of a post, and makes its addresses links that give nothing away", async () => {
    const fresh = signal("bluesky:1", {
      author: "did:plc:o2ppjutm3k2hxyz",
      community: null,
      body: "read https://example.org/a_(b). Not javascript:alert(1)\n> quoted line",
      score: 0,
      comments: 0,
      sentiment: { compound: 0, label: "neutral" },
    })
    await open(
      "/posts",
      signedIn((request) => (request.path === "/api/v1/signals" ? json({ results: [fresh], next: null }) : data(request))),
      CODE,
    )
    const link = await screen.findByRole<HTMLAnchorElement>("link", { name: "example.org/a_(b)" })
    assert.deepInclude([link.href], "https://example.org/a_(b)")
    assert.strictEqual(link.rel, "noopener noreferrer nofollow")
    const post = link.closest("article")!
    assert.notMatch(post.textContent, /▲|\.00|o2ppjutm|did:|> quoted/)
    assert.strictEqual(post.querySelector("q")?.textContent, "quoted line")
    assert.strictEqual(post.querySelectorAll("a[href^='javascript']").length, 0)
  })

  it("names each page in its title, and says which page is missing in a heading of the first level", async () => {
    await open("/posts", signedIn(), CODE)
    await waitFor(() => assert.strictEqual(document.title, "(1) Posts · SignalFlow"))
    cleanup()
    await open("/?topic=chip+export+ban", signedIn(), CODE)
    await waitFor(() => assert.strictEqual(document.title, "(1) chip export ban · SignalFlow"))
    cleanup()
    await open("/tulips", signedIn(), CODE)
    assert.isNotNull(await screen.findByRole("heading", { level: 1, name: "There is no such page" }))
    await waitFor(() => assert.match(document.title, /Page not found · SignalFlow$/))
    fireEvent.keyDown(document.body, { key: "?" })
    await screen.findByRole("dialog", { name: "Keys" })
    assert.strictEqual(screen.getAllByRole("banner").length, 1)
  })

  it("explains nothing by pointer alone: what has a title says it in another way too", async () => {
    for (const path of ["/", "/?topic=chip+export+ban", "/posts", "/sources"]) {
      const { container } = await open(path, signedIn(), CODE)
      await waitFor(() => assert.isAbove(container.querySelectorAll("[role=tooltip]").length, 0))
      for (const element of container.querySelectorAll("[title]")) {
        const said =
          element.matches("time") || element.getAttribute("aria-label") !== null || element.textContent === element.getAttribute("title")
        assert.isTrue(said, `${path}: ${element.outerHTML}`)
      }
      for (const button of container.querySelectorAll(".hint-button")) {
        const tip = document.getElementById(button.getAttribute("aria-describedby") ?? "")
        assert.strictEqual(tip?.getAttribute("role"), "tooltip")
        assert.isAbove(tip?.textContent.length ?? 0, 20)
      }
      cleanup()
    }
  })

  it("goes where the keys say", async () => {
    await open("/", signedIn(), CODE)
    await screen.findByRole("link", { name: /chip export ban/ })
    for (const key of ["g", "p"]) fireEvent.keyDown(document.body, { key })
    assert.isNotNull(await screen.findByRole("heading", { name: "Posts" }))
    assert.strictEqual(location.pathname, "/posts")
    fireEvent.keyDown(document.body, { key: "/" })
    assert.strictEqual(document.activeElement, screen.getByRole("searchbox", { name: "Topic" }))
    fireEvent.keyDown(document.body, { key: "?" })
    assert.isNotNull(await screen.findByRole("dialog", { name: "Keys" }))
  })

  it("asks for posts with the filters of its URL, and says when none fits", async () => {
    const asked: Array<string> = []
    await open(
      "/posts?topic=tulips&kind=story",
      signedIn((request) => {
        if (request.path !== "/api/v1/signals") return data(request)
        asked.push(
          [...request.query]
            .map(([name, value]) => `${name}=${value}`)
            .sort()
            .join(" "),
        )
        return json({ results: [], next: null })
      }),
      CODE,
    )
    assert.isNotNull(await screen.findByText("No post matches"))
    assert.include(asked, "kind=story page_size=40 sort=new topic=tulips")
  })

  it("says what failed, and asks again when told to", async () => {
    let broken = true
    await open(
      "/sources",
      signedIn((request) =>
        broken ? problem({ status: 503, title: "Service Unavailable", detail: "the database is starting" }) : data(request),
      ),
      CODE,
    )
    assert.isNotNull(await screen.findByText(/the database is starting/))
    broken = false
    fireEvent.click(screen.getByRole("button", { name: "Try again" }))
    assert.isNotNull(await screen.findByText("1 of 2 sources live"))
  })

  it("renders what people write as text, whatever they write, and leads only to web addresses", async () => {
    const harmful = (id: string) =>
      signal(id, {
        title: SCRIPT,
        body: SCRIPT,
        author: SCRIPT,
        community: SCRIPT,
        topics: [SCRIPT],
        permalink: "javascript:alert(1)",
        url: "data:text/html,x",
      })
    const answer = signedIn(({ path }) => {
      if (path === "/api/v1/trending") return json(trends([topic(SCRIPT)]))
      if (path === "/api/v1/sources") return json({ results: [source("bluesky", { state: "degraded", why: SCRIPT, target: SCRIPT })] })
      return json({ results: [harmful("bluesky:1"), signal("bluesky:2", { permalink: "https://example.org/2" })], next: null })
    })
    for (const path of ["/", `/?topic=${encodeURIComponent(SCRIPT)}`, "/posts", "/sources"]) {
      const { container } = await open(path, answer, CODE)
      await waitFor(() => assert.isAbove(screen.getAllByText(SCRIPT, { exact: false }).length, 0))
      assert.isNull(container.querySelector("img, script, iframe"))
      for (const link of container.querySelectorAll("a")) {
        assert.match(link.href, /^https?:/)
        if (link.target === "_blank") assert.strictEqual(link.rel, "noopener noreferrer nofollow")
      }
      assert.isUndefined((globalThis as { harmed?: boolean }).harmed)
      cleanup()
    }
  })
})
