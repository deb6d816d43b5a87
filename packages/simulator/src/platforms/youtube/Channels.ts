import type { YouTubeChannel } from "../../world/Feeds.ts"
import { hash } from "../../Random.ts"
import type { Story } from "../../world/Story.ts"
import { TOPICS, type FieldName } from "../../world/Topics.ts"
import { channelId } from "./VideoIds.ts"

const NAMES: Record<FieldName, readonly [string, string, string, string]> = {
  data: ["Rows & Columns", "Vacuum Full", "The Query Hour", "Replica Set Diaries"],
  ai: ["Weights and Wires", "Prompted", "Two Minute Evals", "Open Model Club"],
  chips: ["Die Shot Daily", "Thermal Paste", "Foundry Floor", "Clock Cycles"],
  space: ["Second Stage", "Perigee", "Launch Window Live", "The Lagrange Show"],
  security: ["Root Cause", "Patch Notes After Dark", "The Audit Trail", "Sandboxed"],
  phones: ["Unboxed Slowly", "Pocket Review", "Hinge Test", "Battery at Dusk"],
  cars: ["Winter Range", "Kerb Weight", "Depot Tours", "One Pedal"],
  games: ["Save Point", "Loot Table", "Frame by Frame Runs", "Cozy Side Quests"],
  football: ["Injury Time TV", "The Away End", "Offside Trap", "Clean Sheet Weekly"],
  culture: ["Encore Room", "Opening Night", "Needle Drop Diaries", "The Rewatch"],
  climate: ["Grid Watch", "Storm Desk", "Heat Pump Nerd", "River Level"],
  health: ["Clinic Notes", "The Placebo Test", "Sleep Study", "Ward Round"],
  money: ["Earnings Aloud", "Runway Left", "The Rent Question", "Shop Floor News"],
  city: ["Tram Cam", "Council Night", "Street Food Map", "Bike Lane Report"],
  code: ["Compile Times", "Refactor Friday", "The Standard Library", "Stack Traced"],
}

const PER_FIELD = 4
const FIELDS = Object.keys(NAMES) as ReadonlyArray<FieldName>

export const channels = (seed: number): ReadonlyArray<YouTubeChannel> =>
  FIELDS.flatMap((field) =>
    NAMES[field].map((title, n) => {
      const key = hash(seed, 0xc4a, FIELDS.indexOf(field), n)
      return {
        id: channelId(key),
        handle: `@${title.toLowerCase().replaceAll(/[^a-z0-9]+/g, "")}.example`,
        title,
        about: `${title}: new videos most days.`,
        subscribers: 10 ** (3 + (key % 4)) * (1 + (key % 97)),
        created: Date.UTC(2012, 0, 1) + (key % 4000) * 86_400_000,
      }
    }),
  )

/** A video is put up by one of its field's channels; different authors of a burst are different channels. */
export const channelOf = (all: ReadonlyArray<YouTubeChannel>, { topic, author }: Pick<Story, "topic" | "author">): YouTubeChannel =>
  all[FIELDS.indexOf(TOPICS[topic]!.field) * PER_FIELD + (author % PER_FIELD)]!

const CATEGORIES: Record<FieldName, string> = {
  data: "28", ai: "28", chips: "28", space: "28", security: "28", phones: "28", cars: "2", games: "20", football: "17", culture: "10", climate: "25", health: "26", money: "25", city: "19", code: "27",
} // prettier-ignore

export const categoryOf = (topic: number): string => CATEGORIES[TOPICS[topic]!.field]
