import type { Random } from "../Random.ts"
import { nounPair, type TopicVoice } from "../world/Vocabulary.ts"

export type Stance = -1 | 0 | 1

const list = (text: string) => text.split("|").map((item) => item.trim())

/** Slots that need no topic. Templates are written with `{slot}`. */
export const SLOTS: Record<string, ReadonlyArray<string>> = {
  who: list(
    "my sister|a colleague|my neighbour|our ops team|my whole timeline|a friend in Lisbon|my old boss|the whole office|my dad|someone on the train|our intern|my study group|one of my clients|the barista|my flatmate|a teacher I know|our night shift|my cousin",
  ),
  when: list(
    "this morning|since Tuesday|all week|last night|for three days now|over the weekend|an hour ago|during lunch|since the update|before breakfast|twice today|at 2 am|for most of the month|right before the deadline|in the last release|after the meeting",
  ),
  place: list(
    "in Lisbon|at work|on the night train|in our lab|back home|in the second row|downtown|at the conference|in the group chat|near the harbour|in Ghent|on the island|in the kitchen|at the library",
  ),
  num: list("3|7|12|18|24|40|55|80|150|300|900|1,200|4,000"),
  open: list(
    "Honestly,|Okay,|Hot take:|Not gonna lie,|Small update:|So,|Wow,|Well,|Reminder:|Seriously,|For the record,|Confession:|Quick note:|Unpopular opinion:|Today I learned:|Field report:|Just saying,|Asking again:",
  ),
  close: list(
    "Curious what others see.|More tomorrow.|That is all.|Thoughts?|Coffee first, though.|I stand by it.|Proof in the replies.|Your mileage may vary.|Back to work now.|Somebody write this down.|Bookmarking this.|No further questions.|Thread later.|Anyway.|Tell me I am wrong.|Screenshots soon.",
  ),
  joy: list(
    "love it|so happy about this|this made my day|what a relief|I am delighted|great work, everyone|best news this week|thank you to the team|I am impressed|well deserved|this is amazing|grinning all day",
  ),
  anger: list(
    "I am furious|this is awful|so tired of this|what a shame|I hate this|a total failure|deeply disappointing|this hurts|worst decision this year|nobody should accept this|I feel sick about it|absolutely ridiculous",
  ),
  happy: list("😍|🎉|🙌|❤️|🔥|😀|✨|👏"),
  sad: list("😡|😞|🤦|💔|😤|😬|😭|🙄"),
  thing: list(
    "spreadsheet|notebook|side project|weekend plan|talk|newsletter|budget|bug list|reading list|checklist|diagram|podcast|lecture|shopping list|dashboard|proposal",
  ),
  change: list(
    "quietly changed|finally improved|dropped|doubled|rewrote|postponed|explained|measured|broke|fixed|halved|renamed|published|removed|simplified|restored",
  ),
  judge: list(
    "matters more than people think|is the whole story|deserves its own article|was never the problem|is where it gets interesting|keeps surprising me|is easy to underrate|explains a lot|will decide it|has a long history|is harder than it looks|is not what I expected|settles the argument|is still an open question",
  ),
}

/** Fills a template for one topic. Every `{slot}` is drawn afresh, so that two fillings rarely share more than the topic's name. */
export const fill = (template: string, voice: TopicVoice, rng: Random): string => {
  const [first, second] = nounPair(voice, rng)
  return template.replace(/\{([A-Za-z+-]+)\}/g, (_, slot: string) => {
    switch (slot) {
      case "T":
        return voice.topic.name
      case "n":
        return first
      case "N":
        return capitalised(first)
      case "m":
        return second
      case "+":
        return rng.pick(voice.field.praise)
      case "-":
        return rng.pick(voice.field.blame)
      case "doing":
        return rng.pick(voice.field.doing)
      default:
        return rng.pick(SLOTS[slot]!)
    }
  })
}

export const capitalised = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)

/** One space between words, a capital after every full stop. */
export const sentences = (text: string): string =>
  capitalised(text.trim().replace(/\s+/g, " ")).replace(
    /([.!?] )([a-z])/g,
    (_, stop: string, letter: string) => stop + letter.toUpperCase(),
  )

/** Cuts at a word where it can. */
export const clipped = (text: string, limit: number): string => {
  if (text.length <= limit) return text
  const cut = text.lastIndexOf(" ", limit - 1)
  return `${text.slice(0, cut > limit / 2 ? cut : limit - 1)}…`
}
