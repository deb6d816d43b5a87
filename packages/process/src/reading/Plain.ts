import { unstyled, withChillus } from "@signalflow/domain/query/Fold"
import { kinds, Other, Thai, Unspaced } from "./Characters.ts"

/** Styled letters, half-width kana, unseen characters, and marks that belong into the letter before them. */
const SPECIAL =
  /[\u0300-\u036f\u00ad\u00b2\u00b3\u00b9\u061c\u1100-\u11ff\u1d00-\u1d22\ua730\ua731\u200b-\u200f\u202a-\u202e\u2010\u2011\u2060-\u2089\u2102-\u2139\u249c-\u24e9\ufb00-\ufb06\ufeff\uff01-\uff9f]|\ud835|\ud83c[\udd10-\udd89]/

const STYLED =
  /[\u2102\u210a-\u2115\u2119-\u211d\u2124\u2128\u212c-\u2139\u249c-\u24e9\ufb00-\ufb06\uff01-\uff9f\u{1d400}-\u{1d7ff}\u{1f110}-\u{1f149}]+/gu

/** Digits above and below the line, as in CO₂. */
const RAISED = /(?<=[\p{L}\p{Nd}])[\u00b2\u00b3\u00b9\u2070\u2074-\u2079\u2080-\u2089]+/gu

const UNSEEN = /(?<=[\p{L}\p{M}\p{N}])[\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]+(?=[\p{L}\p{M}\p{N}])/gu

const isUnspaced = (kind: number) => kind === Thai || kind === Unspaced

/** Composed text in which no letter is styled and no unseen character splits a word; in scripts without spaces those do. */
export const plain = (text: string): string => {
  // oxlint-disable-next-line no-control-regex -- all of ASCII
  if (!/[^\x00-\x7f]/.test(text)) return text
  const whole = text.isWellFormed() ? text : text.toWellFormed()
  if (!SPECIAL.test(whole)) return whole
  return withChillus(unstyled(whole.replace(STYLED, (letters) => letters.normalize("NFKC"))))
    .replace(RAISED, (digits) => digits.normalize("NFKC"))
    .replace(/[\u2010\u2011]/g, "-")
    .normalize("NFC")
    .replace(UNSEEN, (unseen, at: number, all: string) => {
      const kind = kinds[all.charCodeAt(at - 1)] ?? Other
      return unseen.includes("\u200b") && isUnspaced(kind) ? " " : ""
    })
}
