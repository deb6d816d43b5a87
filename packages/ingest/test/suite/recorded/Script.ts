import { Effect, Layer } from "effect"
import { HttpClient, HttpClientResponse } from "effect/http"
import { TestClock } from "effect/testing"
import { json, settle } from "../../Harness.ts"

/** When there is no reason for another time. */
export const NOW = Date.UTC(2026, 10, 22, 12)

/** A moment of virtual time, with everything that follows from it. */
export const pass = Effect.andThen(Effect.andThen(settle, TestClock.adjust(250)), settle)

/** An HTTP upstream that answers from what has appeared so far; null = 404. */
export const script = (answer: (url: URL) => unknown) => {
  const traffic = { asked: 0, slow: false }
  const client = HttpClient.make((request, url) =>
    Effect.gen(function* () {
      traffic.asked++
      if (traffic.slow) yield* Effect.sleep(300)
      const body = answer(url)
      return HttpClientResponse.fromWeb(request, body === undefined ? new Response("not found", { status: 404 }) : json(body))
    }),
  )
  return {
    layer: Layer.succeed(HttpClient.HttpClient, client),
    asked: () => traffic.asked,
    slow: (on: boolean) => void (traffic.slow = on),
  }
}

/** Recorded bodies that appear one after the other. */
export const shelf = <A>(all: ReadonlyArray<A>, from: number) => {
  let shown = from
  return {
    /** What has appeared, oldest first. */
    shown: () => all.slice(0, shown),
    more: (n: number): ReadonlyArray<A> => {
      if (shown + n > all.length) throw new Error(`${n} more than ${shown} of ${all.length} recorded bodies were asked for`)
      return all.slice(shown, (shown += n))
    },
  }
}
