import type { RedditFeed, RedditPost } from "../../world/Feeds.ts"
import { commentListing, more, t1 } from "./RedditThings.ts"

export interface ThreadQuery {
  /** Comments shown. */
  readonly limit: number
  readonly depth: number
  readonly newest: boolean
}

/** The comment listing of a thread: the best comments level by level up to the limit, `more` in place of the others. */
export const commentTree = (feed: RedditFeed, post: RedditPost, query: ThreadQuery): unknown => {
  const kids = new Map<string, ReadonlyArray<string>>()
  const below = (name: string): ReadonlyArray<string> => {
    const known = kids.get(name)
    if (known !== undefined) return known
    // What is gone and unanswered is not shown.
    const found = feed.replies(name).filter((id) => feed.comment(id)?.gone === null || below(`t1_${id}`).length > 0)
    const ordered = query.newest ? found.toSorted((a, b) => parseInt(b, 36) - parseInt(a, 36)) : found
    kids.set(name, ordered)
    return ordered
  }
  const weight = (id: string): number => below(`t1_${id}`).reduce((sum, each) => sum + weight(each), 1)

  const root = `t3_${post.id}`
  const chosen = new Set<string>()
  for (let level = [root], depth = 0; level.length > 0 && depth < query.depth; depth++) {
    const next: Array<string> = []
    for (const name of level) {
      for (const id of below(name)) {
        if (chosen.size >= query.limit) break
        chosen.add(id)
        next.push(`t1_${id}`)
      }
    }
    level = next
  }

  const children = (name: string, depth: number): ReadonlyArray<unknown> => {
    const shown = below(name).filter((id) => chosen.has(id))
    const left = below(name).filter((id) => !chosen.has(id))
    const nodes: Array<unknown> = shown.map((id) => {
      const replies = children(`t1_${id}`, depth + 1)
      return t1(feed.comment(id)!, post, depth, replies.length === 0 ? "" : commentListing(replies))
    })
    // Too deep is "continue this thread": a `more` that counts nothing and names nobody.
    if (left.length > 0 && depth >= query.depth) nodes.push(more(name, depth, 0, []))
    else if (left.length > 0)
      nodes.push(
        more(
          name,
          depth,
          left.reduce((sum, id) => sum + weight(id), 0),
          left,
        ),
      )
    return nodes
  }
  return commentListing(children(root, 0))
}
