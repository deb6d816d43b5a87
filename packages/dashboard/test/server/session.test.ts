import { assert, describe, it } from "@effect/vitest"
import { makeAccounts, makeClient } from "../../src/server/client.ts"
import { Failed } from "../../src/server/failure.ts"
import { codeIn, makeSession, takeCode } from "../../src/server/session.ts"
import { type Answer, browser, json, problem, scripted, token, unauthorized } from "../Script.ts"

const CODE = "abcdef0123456789"

const open = (answer: Answer, now: () => number = Date.now, tabs = browser().tab()) => {
  const { transport, asked } = scripted(answer)
  const session = makeSession(makeAccounts(transport), tabs, now)
  return { session, asked, client: makeClient(transport, session), tag: () => session.state.get()._tag }
}

describe("signing in", () => {
  it("exchanges the code of the link for a session", async () => {
    const bodies: Array<string> = []
    const { session, asked } = open(({ body }) => {
      bodies.push(body)
      return token("t1")
    })
    await session.start(CODE)
    assert.deepStrictEqual(asked, ["POST /api/token/link"])
    assert.deepStrictEqual(bodies, [JSON.stringify({ code: CODE })])
    assert.strictEqual(await session.token(), "t1")
  })

  it("comes back after a reload by the cookie", async () => {
    const { session, asked, tag } = open(() => token("t1"))
    await session.start(null)
    assert.deepStrictEqual([asked, tag()], [["POST /api/token/refresh"], "SignedIn"])
  })

  it("asks for a link when there is no session, without blaming anybody", async () => {
    const { session } = open(() => unauthorized())
    await session.start(null)
    assert.deepStrictEqual(session.state.get(), { _tag: "SignedOut", message: null, busy: false })
  })

  it("says so when the link is spent", async () => {
    const { session } = open(() => unauthorized("spent"))
    await session.start(CODE)
    const state = session.state.get()
    assert.match(state._tag === "SignedOut" ? (state.message ?? "") : "", /used already/)
  })

  it("takes the cookie's session when an old link is opened again", async () => {
    const { session, tag } = open(({ path }) => (path.endsWith("link") ? unauthorized() : token("t1")))
    await session.start(CODE)
    assert.strictEqual(tag(), "SignedIn")
  })

  it("is no refusal when the server is not there", async () => {
    const { session, tag } = open(() => Promise.reject(new TypeError("fetch failed")))
    await session.start(null)
    assert.strictEqual(tag(), "Unreachable")
  })

  it("reads a code as people paste it", () => {
    assert.strictEqual(codeIn(` ${CODE}\n`), CODE)
    assert.strictEqual(codeIn(`http://127.0.0.1:8080/#code=${CODE}`), CODE)
    assert.strictEqual(codeIn("hello there"), null)
    assert.strictEqual(codeIn("<script>alert(1)</script>"), null)
  })

  it("takes the code out of the address bar at once", () => {
    history.replaceState(null, "", `/posts?kind=story#code=${CODE}`)
    assert.strictEqual(takeCode(), CODE)
    assert.strictEqual(location.pathname + location.search + location.hash, "/posts?kind=story")
    assert.strictEqual(takeCode(), null)
  })
})

describe("a session", () => {
  it("is renewed before its token ends, once however many ask", async () => {
    let now = 0
    let n = 0
    const { session, asked } = open(
      () => token(`t${++n}`, 3_600),
      () => now,
    )
    await session.start(null)
    now = 3_470_000
    assert.strictEqual(await session.token(), "t1")
    now = 3_490_000
    assert.deepStrictEqual(await Promise.all([session.token(), session.token(), session.token()]), ["t2", "t2", "t2"])
    assert.strictEqual(asked.length, 2)
  })

  it("does not fight over the cookie: of two tabs one renews, the other is told", async () => {
    let cookie = 0
    let busy = false
    const answer: Answer = async () => {
      if (busy) return unauthorized("a spent token was used")
      busy = true
      await Promise.resolve()
      busy = false
      return token(`t${++cookie}`)
    }
    let now = 0
    const shared = browser()
    const first = open(answer, () => now, shared.tab())
    const second = open(answer, () => now, shared.tab())
    await Promise.all([first.session.start(null), second.session.start(null)])
    now = 3_500_000
    const tokens = await Promise.all([first.session.token(), second.session.token()])
    assert.strictEqual(tokens[0], tokens[1])
    assert.deepStrictEqual([first.tag(), second.tag(), cookie], ["SignedIn", "SignedIn", 2])
  })

  it("renews a token that the server refuses before its time, and asks again once", async () => {
    let n = 0
    const { session, client, asked } = open((request) => {
      if (request.path.startsWith("/api/token")) return token(`t${++n}`)
      return request.token === "t2" ? json({ results: [] }) : unauthorized("revoked")
    })
    await session.start(null)
    assert.deepStrictEqual(await client.sources(), [])
    assert.deepStrictEqual(asked, ["POST /api/token/refresh", "GET /api/v1/sources", "POST /api/token/refresh", "GET /api/v1/sources"])
  })

  it("that has ended says so, in every tab that asks", async () => {
    let alive = true
    const { session, client } = open(({ path }) => (alive && path.startsWith("/api/token") ? token("t1") : unauthorized("ended")))
    await session.start(null)
    alive = false
    const error = await client.sources().then(
      () => null,
      (cause: unknown) => cause,
    )
    assert.strictEqual(error instanceof Failed ? error.failure._tag : "", "SignedOut")
    assert.deepStrictEqual(session.state.get(), { _tag: "SignedOut", message: "Your session has ended.", busy: false })
  })

  it("is kept while the server is unavailable", async () => {
    let now = 0
    let away = false
    const { session, tag } = open(
      () => (away ? json({}, 502) : token("t1")),
      () => now,
    )
    await session.start(null)
    away = true
    now = 3_590_000
    const error = await session.token().then(
      () => null,
      (cause: unknown) => cause,
    )
    assert.strictEqual(error instanceof Failed ? error.failure._tag : "", "Offline")
    assert.strictEqual(tag(), "SignedIn")
  })

  it("ends in all tabs when one signs out", async () => {
    const shared = browser()
    const first = open(() => token("t1"), Date.now, shared.tab())
    const second = open(() => token("t1"), Date.now, shared.tab())
    await first.session.start(null)
    await second.session.start(null)
    await first.session.signOut()
    assert.deepStrictEqual([first.tag(), second.tag()], ["SignedOut", "SignedOut"])
  })
})

describe("an answer", () => {
  const failureOf = async (answer: Answer) => {
    const { session, client } = open((request) => (request.path.startsWith("/api/token") ? token("t1") : answer(request)))
    await session.start(null)
    return await client.trending({}).then(
      () => null,
      (error: unknown) => (error instanceof Failed ? error.failure : error),
    )
  }

  it("of too many requests says when to come back", async () => {
    const failure = await failureOf(() => problem({ status: 429, title: "Too Many Requests", detail: "100 a minute", retryAfter: 17 }))
    assert.deepStrictEqual(failure, { _tag: "Busy", message: "100 a minute", retryAfter: 17 })
  })

  it("of an unavailable server keeps the server's words", async () => {
    const failure = await failureOf(() => problem({ status: 503, title: "Service Unavailable", detail: "the database is starting" }))
    assert.deepStrictEqual(failure, { _tag: "Refused", message: "the database is starting" })
  })

  it("that is not what was agreed is refused, not shown", async () => {
    const failure = await failureOf(() => json({ results: "surprise" }))
    assert.strictEqual((failure as { readonly _tag: string })._tag, "Refused")
  })
})
