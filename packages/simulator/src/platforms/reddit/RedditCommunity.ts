import type { Subreddit } from "../../world/Feeds.ts"
import { html } from "./Markdown.ts"

const NOBODY = {
  user_can_flair_in_sr: null, user_flair_background_color: null, user_flair_css_class: null, user_flair_enabled_in_sr: false, user_flair_position: "right",
  user_flair_richtext: [], user_flair_template_id: null, user_flair_text: null, user_flair_text_color: null, user_flair_type: "text",
  user_has_favorited: false, user_is_banned: false, user_is_contributor: false, user_is_moderator: false, user_is_muted: false, user_is_subscriber: false,
  user_sr_flair_enabled: null, user_sr_theme_enabled: true, notification_level: null, is_enrolled_in_new_modmail: null,
} as const // prettier-ignore

const ALLOWED = {
  all_original_content: false, allow_discovery: true, allow_galleries: true, allow_images: true, allow_polls: true, allow_videogifs: true, allow_videos: true,
  can_assign_link_flair: true, can_assign_user_flair: true, collapse_deleted_comments: false, disable_contributor_requests: false, emojis_custom_size: null,
  emojis_enabled: false, free_form_reports: true, has_menu_widget: false, hide_ads: false, is_crosspostable_subreddit: true, link_flair_enabled: true,
  link_flair_position: "left", original_content_tag_enabled: false, public_traffic: false, restrict_commenting: false, restrict_posting: true,
  show_media: true, show_media_preview: true, spoilers_enabled: true, submission_type: "any", wiki_enabled: true,
} as const // prettier-ignore

const LOOKS = {
  advertiser_category: "", banner_background_color: "", banner_background_image: "", banner_img: "", banner_size: null, community_icon: "", header_img: null,
  header_size: null, header_title: null, icon_img: "", icon_size: null, key_color: "", mobile_banner_image: "", primary_color: "", submit_link_label: null,
  submit_text: "", submit_text_html: null, submit_text_label: null, suggested_comment_sort: null, comment_score_hide_mins: 0, videostream_links_count: 0,
} as const // prettier-ignore

/** A community as the API writes it; field by field after recorded bodies of 2020. */
export const t5 = (subreddit: Subreddit) => ({
  kind: "t5",
  data: {
    ...NOBODY,
    ...ALLOWED,
    ...LOOKS,
    accounts_active: null,
    accounts_active_is_fuzzed: false,
    active_user_count: null,
    created: subreddit.created,
    created_utc: subreddit.created,
    description: subreddit.about,
    description_html: `<!-- SC_OFF -->${html(subreddit.about)}<!-- SC_ON -->`,
    display_name: subreddit.name,
    display_name_prefixed: `r/${subreddit.name}`,
    id: subreddit.id,
    lang: "en",
    name: `t5_${subreddit.id}`,
    over18: false,
    public_description: subreddit.about,
    public_description_html: `<!-- SC_OFF -->${html(subreddit.about)}<!-- SC_ON -->`,
    quarantine: false,
    subreddit_type: subreddit.type,
    subscribers: subreddit.subscribers,
    title: subreddit.title,
    url: `/r/${subreddit.name}/`,
    whitelist_status: "all_ads",
    wls: 6,
  },
})
