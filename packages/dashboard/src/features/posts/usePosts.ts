import { useCallback, useEffect, useReducer, useRef } from "react"
import type { Client } from "../../server/client.ts"
import { failureFrom } from "../../server/failure.ts"
import type { PostsRoute } from "../../view/route.ts"
import { noPosts, type PostsData, type PostsEvent, postsReducer, queryOf } from "./state.ts"

const step = (data: PostsData, event: PostsEvent | { readonly _tag: "Reset" }): PostsData =>
  event._tag === "Reset" ? noPosts : postsReducer(data, event)

/** The pages of one question. Another question, or `reload`, starts over; what is under way for the old one is dropped. */
export const usePosts = (client: Client, route: PostsRoute) => {
  const [data, send] = useReducer(step, noPosts)
  const question = JSON.stringify(queryOf(route, null))
  const abort = useRef<AbortController | null>(null)

  const ask = useCallback(
    async (cursor: string | null) => {
      abort.current?.abort()
      const mine = new AbortController()
      abort.current = mine
      send({ _tag: "Asked" })
      try {
        const page = await client.signals({ ...JSON.parse(question), ...(cursor === null ? {} : { cursor }) }, mine.signal)
        if (!mine.signal.aborted) send({ _tag: "Answered", page })
      } catch (error) {
        if (!mine.signal.aborted) send({ _tag: "Failed", failure: failureFrom(error) })
      }
    },
    [client, question],
  )

  const reload = useCallback(() => {
    send({ _tag: "Reset" })
    void ask(null)
  }, [ask])

  useEffect(() => {
    reload()
    return () => abort.current?.abort()
  }, [reload])

  const more = useCallback(() => void ask(data.next), [ask, data.next])
  return { data, more, reload }
}
