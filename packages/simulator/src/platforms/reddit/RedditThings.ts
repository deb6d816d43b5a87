import type { RedditComment, RedditPost, Subreddit } from "../../world/Feeds.ts"
import { html } from "./Markdown.ts"

/** Things as the API writes them; field by field after recorded bodies of 2023 to 2025. */

const SITE = "https://www.reddit.com"

const slug = (title: string): string =>
  title
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "_")
    .replaceAll(/^_|_$/g, "")
    .slice(0, 50)

const DELETED = "[deleted]"
const REMOVED = "[removed]"

interface Writer {
  readonly author: string | null
  readonly authorId: string
}

/** Who is gone has a name and nothing else. */
const writer = ({ author, authorId }: Writer, hidden: boolean) =>
  author === null || hidden
    ? {
        author: DELETED,
        author_flair_background_color: "",
        author_flair_css_class: null,
        author_flair_template_id: null,
        author_flair_text: null,
        author_flair_text_color: "dark",
      }
    : {
        author,
        author_fullname: `t2_${authorId}`,
        author_flair_background_color: null,
        author_flair_css_class: null,
        author_flair_richtext: [],
        author_flair_template_id: null,
        author_flair_text: null,
        author_flair_text_color: null,
        author_flair_type: "text",
        author_patreon_flair: false,
        author_premium: false,
      }

const MODERATION = {
  approved_at_utc: null, approved_by: null, banned_at_utc: null, banned_by: null, mod_note: null, mod_reason_by: null, mod_reason_title: null,
  mod_reports: [], num_reports: null, removal_reason: null, report_reasons: null, user_reports: [],
} as const // prettier-ignore

const AWARDS = {
  all_awardings: [],
  awarders: [],
  gilded: 0,
  gildings: {},
  top_awarded_type: null,
  total_awards_received: 0,
  treatment_tags: [],
} as const

const place = (subreddit: Subreddit) => ({
  subreddit: subreddit.name,
  subreddit_id: `t5_${subreddit.id}`,
  subreddit_name_prefixed: `r/${subreddit.name}`,
  subreddit_type: subreddit.type,
})

const titleOf = (post: RedditPost) => (post.gone === "deleted" ? "[deleted by user]" : post.title)
export const permalinkOf = (post: RedditPost) => `/r/${post.subreddit.name}/comments/${post.id}/${slug(titleOf(post))}/`

export const t3 = (post: RedditPost) => {
  const permalink = permalinkOf(post)
  const self = post.url === null
  const selftext = post.gone === null ? post.selftext : post.gone === "deleted" ? DELETED : REMOVED
  const said = self || post.gone !== null ? selftext : ""
  const url = post.url === null || post.gone === "deleted" ? `${SITE}${permalink}` : post.url
  const flair = post.flair
  return {
    kind: "t3",
    data: {
      ...MODERATION,
      ...AWARDS,
      ...place(post.subreddit),
      ...writer(post, post.gone === "deleted"),
      allow_live_comments: false,
      archived: false,
      author_is_blocked: false,
      can_gild: false,
      can_mod_post: false,
      category: null,
      clicked: false,
      content_categories: null,
      contest_mode: false,
      created: post.created,
      created_utc: post.created,
      discussion_type: null,
      distinguished: null,
      domain: self ? `self.${post.subreddit.name}` : new URL(url).hostname,
      downs: 0,
      edited: post.edited ?? false,
      hidden: false,
      hide_score: false,
      id: post.id,
      is_created_from_ads_ui: false,
      is_crosspostable: post.gone === null,
      is_meta: false,
      is_original_content: false,
      is_reddit_media_domain: false,
      is_robot_indexable: post.gone === null,
      is_self: self,
      is_video: false,
      likes: null,
      link_flair_background_color: "",
      link_flair_css_class: flair === null ? null : flair.toLowerCase(),
      link_flair_richtext: [],
      link_flair_text: flair,
      link_flair_text_color: "dark",
      link_flair_type: "text",
      locked: false,
      media: null,
      media_embed: {},
      media_only: false,
      name: `t3_${post.id}`,
      no_follow: post.score < 2,
      num_comments: post.comments,
      num_crossposts: 0,
      over_18: false,
      parent_whitelist_status: "all_ads",
      permalink,
      pinned: false,
      pwls: 6,
      quarantine: false,
      removed_by: null,
      removed_by_category: post.gone,
      saved: false,
      score: post.score,
      secure_media: null,
      secure_media_embed: {},
      selftext: said,
      selftext_html: said === "" ? null : `<!-- SC_OFF -->${html(said)}<!-- SC_ON -->`,
      send_replies: true,
      spoiler: false,
      stickied: false,
      subreddit_subscribers: post.subreddit.subscribers,
      suggested_sort: null,
      thumbnail: self ? "self" : "default",
      thumbnail_height: null,
      thumbnail_width: null,
      title: titleOf(post),
      ups: post.score,
      upvote_ratio: post.ratio,
      url,
      ...(self ? {} : { post_hint: "link", url_overridden_by_dest: url }),
      view_count: null,
      visited: false,
      whitelist_status: "all_ads",
      wls: 6,
    },
  }
}

export const t1 = (comment: RedditComment, link: RedditPost, depth: number | null, replies: unknown) => {
  const body = comment.gone === null ? comment.body : comment.gone === "deleted" ? DELETED : REMOVED
  const post = permalinkOf(link)
  // Only a comment outside its thread says what it belongs to.
  const about =
    depth === null
      ? {
          link_author: link.author ?? DELETED,
          link_permalink: `${SITE}${post}`,
          link_title: titleOf(link),
          link_url: link.url ?? `${SITE}${post}`,
          num_comments: link.comments,
          over_18: false,
          quarantine: false,
        }
      : { depth }
  return {
    kind: "t1",
    data: {
      ...MODERATION,
      ...AWARDS,
      ...place(comment.subreddit),
      ...writer(comment, comment.gone !== null),
      ...about,
      archived: false,
      associated_award: null,
      author_is_blocked: false,
      body,
      body_html: html(body),
      can_gild: false,
      can_mod_post: false,
      collapsed: comment.gone !== null,
      collapsed_because_crowd_control: null,
      collapsed_reason: null,
      collapsed_reason_code: comment.gone === null ? null : "DELETED",
      comment_type: null,
      controversiality: 0,
      created: comment.created,
      created_utc: comment.created,
      distinguished: null,
      downs: 0,
      edited: comment.edited ?? false,
      id: comment.id,
      is_submitter: comment.submitter,
      likes: null,
      link_id: comment.link,
      locked: false,
      name: `t1_${comment.id}`,
      no_follow: true,
      parent_id: comment.parent,
      permalink: `${post}${comment.id}/`,
      replies,
      saved: false,
      score: comment.score,
      score_hidden: false,
      send_replies: true,
      stickied: false,
      unrepliable_reason: null,
      ups: comment.score,
    },
  }
}

/** What was left out: `children` are ids, to be asked for by `/api/info`. */
export const more = (parent: string, depth: number, count: number, children: ReadonlyArray<string>) => {
  const id = children[0] ?? "_"
  return { kind: "more", data: { children, count, depth, id, name: `t1_${id}`, parent_id: parent } }
}

export const listing = (children: ReadonlyArray<unknown>, after: string | null = null) => ({
  kind: "Listing",
  data: { after, dist: children.length, modhash: "", geo_filter: "", children, before: null },
})
/** Comment listings have no `dist` number. */
export const commentListing = (children: ReadonlyArray<unknown>) => ({
  kind: "Listing",
  data: { after: null, dist: null, modhash: "", geo_filter: "", children, before: null },
})
