import emoji from "unicode-emoji-json/data-by-emoji.json" with { type: "json" }

/** The reference's emoji table was frozen at Emoji 11; a later emoji is a plain character to it. */
const LAST_VERSION = 11

/** CLDR short names that have changed since, as the reference knows them. */
const namesThen: Record<string, string> = {
  "🥰": "smiling face with 3 hearts",
  "🤗": "hugging face",
  "😵": "dizzy face",
  "😡": "pouting face",
  "🤖": "robot face",
  "😺": "grinning cat face",
  "😸": "grinning cat face with smiling eyes",
  "😹": "cat face with tears of joy",
  "😻": "smiling cat face with heart-eyes",
  "😼": "cat face with wry smile",
  "😽": "kissing cat face",
  "🙀": "weary cat face",
  "😿": "crying cat face",
  "😾": "pouting cat face",
  "🧑": "adult",
  "🧓": "older adult",
  "👲": "man with Chinese cap",
  "🧔": "bearded person",
  "👱": "blond-haired person",
  "🤵": "man in tuxedo",
  "👰": "bride with veil",
  "🕴": "man in suit levitating",
  "👫": "man and woman holding hands",
  "👬": "two men holding hands",
  "👭": "two women holding hands",
  "❣": "heavy heart exclamation",
  "💤": "zzz",
  "🎒": "school backpack",
  "🥿": "woman’s flat shoe",
  "🐺": "wolf face",
  "🦊": "fox face",
  "🦁": "lion face",
  "🦄": "unicorn face",
  "🐹": "hamster face",
  "🐻": "bear face",
  "🐼": "panda face",
  "🐸": "frog face",
  "🧱": "bricks",
  "🎯": "direct hit",
  "🧩": "jigsaw",
  "💻": "laptop computer",
  "🔫": "pistol",
  "⭕": "heavy large circle",
  "✅": "white heavy check mark",
  "☑": "ballot box with check",
  "✔": "heavy check mark",
  "✖": "heavy multiplication x",
  "➕": "heavy plus sign",
  "➖": "heavy minus sign",
  "➗": "heavy division sign",
  "❓": "question mark",
  "❗": "exclamation mark",
  "🔟": "keycap: 10",
  "\u{1F3FB}": "light skin tone",
  "\u{1F3FC}": "medium-light skin tone",
  "\u{1F3FD}": "medium skin tone",
  "\u{1F3FE}": "medium-dark skin tone",
  "\u{1F3FF}": "dark skin tone",
  "\u{1F9B0}": "red-haired",
  "\u{1F9B1}": "curly-haired",
  "\u{1F9B2}": "bald",
  "\u{1F9B3}": "white-haired",
}

const isOneCodePoint = (text: string) => text.length === (text.codePointAt(0)! > 0xffff ? 2 : 1)

const names: ReadonlyMap<number, string> = new Map(
  [
    ...Object.entries(emoji)
      .filter(([, { emoji_version }]) => Number(emoji_version) <= LAST_VERSION)
      .map(([character, { name }]) => [character.replace("\uFE0F", ""), name] as const),
    ...Object.entries(namesThen),
  ]
    .filter(([character]) => isOneCodePoint(character))
    .map(([character, name]) => [character.codePointAt(0)!, name] as const),
)

/** None is below ©. */
const MAY_HAVE_EMOJI = /[^\0-\xa8]/

/** Replaces every emoji by its name, with a space before it where the text has none, exactly as the reference does. */
export const spellEmoji = (text: string): string => {
  if (!MAY_HAVE_EMOJI.test(text)) return text
  let spelled = ""
  let copied = 0
  let afterSpace = true
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit < 0x80) {
      afterSpace = unit === 0x20
      continue
    }
    const point = text.codePointAt(i)!
    const width = point > 0xffff ? 2 : 1
    const name = names.get(point)
    if (name === undefined) {
      afterSpace = false
    } else {
      spelled += text.slice(copied, i) + (afterSpace ? name : ` ${name}`)
      copied = i + width
      afterSpace = false
    }
    i += width - 1
  }
  return copied === 0 ? text : spelled + text.slice(copied)
}
