import { kinds, Other, Thai, Unspaced } from "./Characters.ts"

/** Styled letters, half-width kana, unseen characters, and marks that belong into the letter before them. */
const SPECIAL =
  /[\u0300-\u036f\u00ad\u061c\u1100-\u11ff\u1d00-\u1d22\ua730\ua731\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2102-\u2139\u249c-\u24e9\ufb00-\ufb06\ufeff\uff01-\uff9f]|\ud835|\ud83c[\udd10-\udd89]/

const STYLED =
  /[\u2102\u210a-\u2115\u2119-\u211d\u2124\u2128\u212c-\u2139\u249c-\u24e9\ufb00-\ufb06\uff01-\uff9f\u{1d400}-\u{1d7ff}\u{1f110}-\u{1f149}]+/gu

/** White on black, in circles and squares: A to Z. The same with a variation selector is an emoji. */
const NEGATIVE = /[\u{1f150}-\u{1f169}\u{1f170}-\u{1f189}](?!\ufe0f)/gu

const SMALL_CAPITALS = "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘꞯʀꜱᴛᴜᴠᴡxʏᴢ"
const capitals: ReadonlyMap<string, string> = new Map(Array.from(SMALL_CAPITALS, (letter, i) => [letter, String.fromCharCode(0x61 + i)]))
/** Some of them are letters of the phonetic alphabet: two side by side are a style. */
const SMALL = /[ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘꞯʀꜱᴛᴜᴠᴡxʏᴢ]{2,}/g

const UNSEEN = /(?<=[\p{L}\p{M}\p{N}])[\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]+(?=[\p{L}\p{M}\p{N}])/gu

const negative = (character: string): string => {
  const point = character.codePointAt(0)!
  return String.fromCharCode(0x41 + point - (point >= 0x1f170 ? 0x1f170 : 0x1f150))
}

const isUnspaced = (kind: number) => kind === Thai || kind === Unspaced

/** Composed text in which no letter is styled and no unseen character splits a word; in scripts without spaces those do. */
export const plain = (text: string): string => {
  // oxlint-disable-next-line no-control-regex -- all of ASCII
  if (!/[^\x00-\x7f]/.test(text)) return text
  const whole = text.isWellFormed() ? text : text.toWellFormed()
  if (!SPECIAL.test(whole)) return whole
  return whole
    .replace(STYLED, (letters) => letters.normalize("NFKC"))
    .replace(NEGATIVE, negative)
    .replace(SMALL, (letters) => Array.from(letters, (letter) => capitals.get(letter)!).join(""))
    .normalize("NFC")
    .replace(UNSEEN, (unseen, at: number, all: string) => {
      const kind = kinds[all.charCodeAt(at - 1)] ?? Other
      return unseen.includes("\u200b") && isUnspaced(kind) ? " " : ""
    })
}
