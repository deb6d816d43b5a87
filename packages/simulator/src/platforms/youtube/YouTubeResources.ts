import type { YouTubeChannel, YouTubeComment, YouTubeVideo } from "../../world/Feeds.ts"
import { hashText } from "../../Random.ts"
import { token, uploadsOf } from "./VideoIds.ts"

/** Resources as the API writes them: counts of `statistics` are strings, those of comments numbers; dates have whole seconds. */

export type Parts = ReadonlySet<string>

const iso = (milliseconds: number) => `${new Date(milliseconds).toISOString().slice(0, 19)}Z`
export const etagOf = (value: unknown): string => token(27, hashText(JSON.stringify(value)))

/** Only the parts that were asked for; the etag is of what is in it. */
const resource = (kind: string, id: unknown, parts: Parts, all: Readonly<Record<string, () => unknown>>) => {
  const body = Object.fromEntries(
    Object.entries(all)
      .filter(([name]) => parts.has(name))
      .map(([name, make]) => [name, make()])
      .filter(([, value]) => value !== undefined),
  )
  return { kind: `youtube#${kind}`, etag: etagOf([id, body]), id, ...body }
}

const SIZES = { default: ["default", 120, 90], medium: ["mqdefault", 320, 180], high: ["hqdefault", 480, 360], standard: ["sddefault", 640, 480], maxres: ["maxresdefault", 1280, 720] } as const // prettier-ignore
const thumbnails = (id: string) =>
  Object.fromEntries(
    Object.entries(SIZES).map(([name, [file, width, height]]) => [
      name,
      { url: `https://i.ytimg.com/vi/${id}/${file}.jpg`, width, height },
    ]),
  )
const portrait = (size: number) => ({
  url: `https://yt3.ggpht.com/ytc/simulated=s${size}-c-k-c0x00ffffff-no-rj`,
  width: size,
  height: size,
})

const duration = (seconds: number): string => {
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60), seconds % 60]
  return `PT${h > 0 ? `${h}H` : ""}${m > 0 ? `${m}M` : ""}${s > 0 || seconds === 0 ? `${s}S` : ""}`
}

export const VIDEO_PARTS = ["id", "snippet", "contentDetails", "statistics", "status", "player", "topicDetails", "localizations", "liveStreamingDetails", "recordingDetails"] // prettier-ignore

export const videoResource = (video: YouTubeVideo, parts: Parts) =>
  resource("video", video.id, parts, {
    snippet: () => ({
      publishedAt: iso(video.published),
      channelId: video.channel.id,
      title: video.title,
      description: video.description,
      thumbnails: thumbnails(video.id),
      channelTitle: video.channel.title,
      ...(video.tags.length === 0 ? {} : { tags: video.tags }),
      categoryId: video.category,
      liveBroadcastContent: "none",
      localized: { title: video.title, description: video.description },
      defaultLanguage: "en",
      defaultAudioLanguage: "en",
    }),
    contentDetails: () => ({
      duration: duration(video.seconds),
      dimension: "2d",
      definition: "hd",
      caption: "false",
      licensedContent: true,
      contentRating: {},
      projection: "rectangular",
    }),
    status: () => ({
      uploadStatus: "processed",
      privacyStatus: "public",
      license: "youtube",
      embeddable: true,
      publicStatsViewable: true,
      madeForKids: false,
    }),
    statistics: () => ({
      viewCount: String(video.views),
      ...(video.likes === null ? {} : { likeCount: String(video.likes) }),
      favoriteCount: "0",
      ...(video.comments === null ? {} : { commentCount: String(video.comments) }),
    }),
    player: () => ({ embedHtml: `<iframe width="480" height="270" src="//www.youtube.com/embed/${video.id}" allowfullscreen></iframe>` }),
  })

export const CHANNEL_PARTS = [
  "id",
  "snippet",
  "contentDetails",
  "statistics",
  "status",
  "brandingSettings",
  "topicDetails",
  "localizations",
]

export const channelResource = (channel: YouTubeChannel, videos: number, parts: Parts) =>
  resource("channel", channel.id, parts, {
    snippet: () => ({
      title: channel.title,
      description: channel.about,
      customUrl: channel.handle,
      publishedAt: iso(channel.created),
      thumbnails: { default: portrait(88), medium: portrait(240), high: portrait(800) },
      localized: { title: channel.title, description: channel.about },
      country: "US",
    }),
    contentDetails: () => ({ relatedPlaylists: { likes: "", uploads: uploadsOf(channel.id) } }),
    statistics: () => ({
      viewCount: String(channel.subscribers * 212),
      subscriberCount: String(channel.subscribers),
      hiddenSubscriberCount: false,
      videoCount: String(videos),
    }),
    status: () => ({ privacyStatus: "public", isLinked: true, longUploadsStatus: "longUploadsUnspecified", madeForKids: false }),
  })

export const PLAYLIST_ITEM_PARTS = ["id", "snippet", "contentDetails", "status"]

export const playlistItemResource = (video: YouTubeVideo, position: number, parts: Parts) =>
  resource("playlistItem", Buffer.from(`${uploadsOf(video.channel.id)}.${video.id}`).toString("base64"), parts, {
    snippet: () => ({
      publishedAt: iso(video.published),
      channelId: video.channel.id,
      title: video.title,
      description: video.description,
      thumbnails: thumbnails(video.id),
      channelTitle: video.channel.title,
      playlistId: uploadsOf(video.channel.id),
      position,
      resourceId: { kind: "youtube#video", videoId: video.id },
      videoOwnerChannelTitle: video.channel.title,
      videoOwnerChannelId: video.channel.id,
    }),
    contentDetails: () => ({ videoId: video.id, videoPublishedAt: iso(video.published) }),
    status: () => ({ privacyStatus: "public" }),
  })

export const searchResource = (video: YouTubeVideo, parts: Parts) =>
  resource("searchResult", { kind: "youtube#video", videoId: video.id }, parts, {
    snippet: () => {
      const { default: small, medium, high } = thumbnails(video.id)
      return {
        publishedAt: iso(video.published),
        channelId: video.channel.id,
        title: video.title,
        description: video.description.slice(0, 160),
        thumbnails: { default: small, medium, high },
        channelTitle: video.channel.title,
        liveBroadcastContent: "none",
        publishTime: iso(video.published),
      }
    },
  })

export const channelResult = (channel: YouTubeChannel, parts: Parts) =>
  resource("searchResult", { kind: "youtube#channel", channelId: channel.id }, parts, {
    snippet: () => ({
      publishedAt: iso(channel.created),
      channelId: channel.id,
      title: channel.title,
      description: channel.about,
      thumbnails: { default: portrait(88), medium: portrait(240), high: portrait(800) },
      channelTitle: channel.title,
      liveBroadcastContent: "none",
      publishTime: iso(channel.created),
    }),
  })

const asHtml = (text: string) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;").replaceAll("'", "&#39;").replaceAll("\n", "<br>") // prettier-ignore

export const COMMENT_PARTS = ["id", "snippet"]
export const THREAD_PARTS = ["id", "snippet", "replies"]

export const commentResource = (comment: YouTubeComment, channel: string, plain: boolean, parts: Parts) =>
  resource("comment", comment.id, parts, {
    snippet: () => ({
      channelId: channel,
      videoId: comment.video,
      textDisplay: plain ? comment.text : asHtml(comment.text),
      textOriginal: comment.text,
      ...(comment.parent === null ? {} : { parentId: comment.parent }),
      authorDisplayName: comment.author,
      authorProfileImageUrl: portrait(48).url,
      authorChannelUrl: `http://www.youtube.com/channel/${comment.authorChannel}`,
      authorChannelId: { value: comment.authorChannel },
      canRate: true,
      viewerRating: "none",
      likeCount: comment.likes,
      publishedAt: iso(comment.published),
      updatedAt: iso(comment.updated),
    }),
  })

/** A thread brings this many of its replies; `comments.list` has them all. */
const REPLIES_SHOWN = 5
const SNIPPET: Parts = new Set(["snippet"])

export const threadResource = (
  top: YouTubeComment,
  replies: ReadonlyArray<YouTubeComment>,
  channel: string,
  plain: boolean,
  parts: Parts,
) =>
  resource("commentThread", top.id, parts, {
    snippet: () => ({
      channelId: channel,
      videoId: top.video,
      topLevelComment: commentResource(top, channel, plain, SNIPPET),
      canReply: true,
      totalReplyCount: replies.length,
      isPublic: true,
    }),
    replies: () =>
      replies.length === 0
        ? undefined
        : {
            comments: replies
              .slice(-REPLIES_SHOWN)
              .toReversed()
              .map((each) => commentResource(each, channel, plain, SNIPPET)),
          },
  })
