import { assert, describe, it } from "@effect/vitest"
import { refusalOf } from "../../../src/sources/youtube/Refusal.ts"
import { isRecorded, recordedJson } from "../../Recorded.ts"

const body = (code: number, reason: string, message = reason) =>
  JSON.stringify({ error: { code, message, errors: [{ message, domain: "youtube.x", reason }] } })
const tagOf = (status: number, text: string) => refusalOf({ status, body: text, message: `answered ${status}` })?._tag

describe("a refusal of the Data API", () => {
  it("is told by its reason, not by its status", () => {
    assert.strictEqual(tagOf(403, body(403, "quotaExceeded")), "QuotaSpent")
    assert.strictEqual(tagOf(403, body(403, "dailyLimitExceeded")), "QuotaSpent")
    assert.strictEqual(tagOf(403, body(403, "rateLimitExceeded")), "TooFast")
    assert.strictEqual(tagOf(429, ""), "TooFast")
    assert.strictEqual(tagOf(403, body(403, "commentsDisabled")), "CommentsDisabled")
    assert.strictEqual(tagOf(403, body(403, "forbidden")), "Forbidden")
    assert.strictEqual(tagOf(404, body(404, "videoNotFound")), "NotFound")
    assert.strictEqual(tagOf(400, body(400, "keyInvalid", "Bad Request")), "KeyRefused")
    assert.strictEqual(tagOf(400, body(400, "badRequest", "API key not valid. Please pass a valid API key.")), "KeyRefused")
    assert.strictEqual(
      tagOf(403, JSON.stringify({ error: { message: "no", details: [{ reason: "API_KEY_SERVICE_BLOCKED" }] } })),
      "KeyRefused",
    )
    assert.strictEqual(tagOf(400, body(400, "processingFailure")), "BadRequest")
  })

  it("is of the day or of the moment as the body says, whatever its status and the name of its reason", () => {
    const google = (reason: string, unit: string, message: string) =>
      JSON.stringify({ error: { code: 429, message, status: "RESOURCE_EXHAUSTED", details: [{ reason, metadata: { quota_unit: unit } }] } })
    const perDay = "Quota exceeded for quota metric 'Search Queries' and limit 'Search Queries per day' of service 'youtube.googleapis.com'"
    const perMinute =
      "Quota exceeded for quota metric 'Queries' and limit 'Queries per minute per user' of service 'youtube.googleapis.com'"
    assert.strictEqual(tagOf(429, google("RATE_LIMIT_EXCEEDED", "1/d/{project}", "Quota exceeded")), "QuotaSpent")
    assert.strictEqual(tagOf(429, google("RATE_LIMIT_EXCEEDED", "1/min/{project}", "Quota exceeded")), "TooFast")
    assert.strictEqual(tagOf(429, body(429, "rateLimitExceeded", perDay)), "QuotaSpent")
    assert.strictEqual(tagOf(403, body(403, "quotaExceeded", perMinute)), "TooFast")
    assert.strictEqual(tagOf(403, body(403, "userRateLimitExceeded", "User Rate Limit Exceeded")), "TooFast")
    assert.strictEqual(tagOf(429, body(429, "quotaExceeded", perDay).slice(0, -8)), "QuotaSpent")
    assert.strictEqual(tagOf(403, body(403, "forbidden", "not on a day like this")), "Forbidden")
  })

  it("is understood when its body is cut short or is not JSON, and a broken server is none", () => {
    assert.strictEqual(tagOf(403, body(403, "quotaExceeded").slice(0, -4)), "QuotaSpent")
    assert.strictEqual(tagOf(403, "<html>"), "Forbidden")
    assert.isUndefined(tagOf(503, body(503, "backendError")))
    assert.isNull(refusalOf({ message: "no connection" }))
  })

  it.skipIf(!isRecorded)("is read as it was recorded", () => {
    const recorded = (name: string) => JSON.stringify(recordedJson(`youtube/api/python-youtube/${name}.json`))
    assert.strictEqual(tagOf(403, recorded("error_permission_resp")), "Forbidden")
    assert.strictEqual(tagOf(400, recorded("error_response")), "KeyRefused")
    assert.strictEqual(tagOf(400, recorded("error_response_simple")), "BadRequest")
  })
})
