import { assert, describe, it } from "@effect/vitest"
import { emptySnapshot, read } from "../../src/reading/Reading.ts"
import { plain } from "../../src/reading/Plain.ts"

const of = (body: string) => read({ title: "", body }, emptySnapshot)

const topics = (text: string) => of(text).topics

/** A sentence, what it is about, and function words of its language that it holds. */
const sentences: Readonly<Record<string, readonly [text: string, about: ReadonlyArray<string>, grammar: ReadonlyArray<string>]>> = {
  Korean: ["오늘 서울에서 지진이 발생했다", ["서울", "지진"], ["오늘", "발생했다"]],
  Japanese: ["東京で地震が発生しました", ["東京", "地震"], ["で", "が", "発生", "しま", "した"]],
  Chinese: ["北京今日发生地震", ["北京", "地震"], ["今日", "发生"]],
  Thai: ["เกิดแผ่นดินไหวในกรุงเทพวันนี้", ["แผ่นดินไหว", "กรุงเทพ"], ["ใน", "นี้", "วัน"]],
  Khmer: ["មានរញ្ជួយដីនៅភ្នំពេញថ្ងៃនេះ", ["រញ្ជួយដី", "ភ្នំពេញ"], ["មាន", "នៅ", "ថ្ងៃនេះ"]],
  Lao: ["ແຜ່ນດິນໄຫວຢູ່ວຽງຈັນມື້ນີ້", ["ແຜ່ນດິນໄຫວ", "ວຽງຈັນ"], ["ຢູ່", "ມື້ນີ້"]],
  Burmese: ["ယနေ့ရန်ကုန်တွင်ငလျင်လှုပ်ခဲ့သည်", ["ရန်ကုန်", "ငလျင်လှုပ်"], ["ယနေ့", "တွင်", "သည်"]],
  Bengali: ["আজ ঢাকায় ভূমিকম্প হয়েছে", ["ঢাকায়", "ভূমিকম্প"], ["আজ", "হয়েছে"]],
  Tamil: ["சென்னையில் இன்று நிலநடுக்கம் ஏற்பட்டது", ["சென்னையில்", "நிலநடுக்கம்"], ["இன்று"]],
  Hindi: ["दिल्ली में आज भूकंप आया है", ["दिल्ली", "भूकंप"], ["में", "आज", "है"]],
  Georgian: ["დღეს თბილისში მიწისძვრა მოხდა", ["თბილისში", "მიწისძვრა"], ["დღეს", "მოხდა"]],
  Armenian: ["Երևանում այսօր երկրաշարժ է տեղի ունեցել", ["երկրաշարժ"], ["այսօր", "է"]],
  Amharic: ["ዛሬ በአዲስ አበባ የመሬት መንቀጥቀጥ ተከስቷል", ["አበባ", "መንቀጥቀጥ"], ["ዛሬ", "ተከስቷል"]],
  Arabic: ["وقع زلزال في القاهرة اليوم", ["زلزال", "القاهرة"], ["في", "اليوم"]],
  Hebrew: ["רעידת אדמה של היום בירושלים", ["אדמה", "בירושלים"], ["של", "היום"]],
  Greek: ["Σεισμός έγινε σήμερα στην Αθήνα", ["σεισμοσ", "αθηνα"], ["σημερα", "στην"]],
  Russian: ["Сегодня в Москве произошло землетрясение", ["москве", "землетрясение"], ["сегодня", "в"]],
  Telugu: ["హైదరాబాద్ లో భూకంపం", ["హైదరాబాద్", "భూకంపం"], ["లో"]],
  Tibetan: ["ལྷ་ས ས་ཡོམ", ["ཡོམ"], []],
  Adlam: ["𞤀𞤣𞤤𞤢𞤥 𞤆𞤵𞤤𞤢𞤪", ["𞤢𞤣𞤤𞤢𞤥"], []],
}

describe("topics in every script", () => {
  for (const [language, [text, about, grammar]] of Object.entries(sentences)) {
    it(`are found in ${language}, without its function words, and its sentiment is unknown`, () => {
      const found = topics(text)
      for (const topic of about) assert.include(found, topic.normalize("NFC"), `${found.join(", ")}`)
      for (const word of grammar) assert.notInclude(found, word)
      assert.isNull(of(text).sentiment)
    })
  }

  it("are the same with particles, in composed and decomposed form, and beside Latin words", () => {
    for (const text of ["지진", "지진이 났다", "지진은", "지진을 겪다".normalize("NFD")]) assert.include(topics(text), "지진", text)
    const mixed = topics("昨日、東京でiPhoneの発表会。新しいGPTモデル")
    for (const topic of ["東京", "iphone", "gpt"]) assert.include(mixed, topic, mixed.join(", "))
    assert.include(topics("삼성전자가 OpenAI와 협력"), "openai")
  })

  it("find plain letters in styled ones", () => {
    for (const text of [
      "𝗘𝗮𝗿𝘁𝗵𝗾𝘂𝗮𝗸𝗲",
      "𝓔𝓪𝓻𝓽𝓱𝓺𝓾𝓪𝓴𝓮",
      "Ｅａｒｔｈｑｕａｋｅ",
      "ⓔⓐⓡⓣⓗⓠⓤⓐⓚⓔ",
      "🅴🅰🆁🆃🅷🆀🆄🅰🅺🅴",
      "🄴🄰🅁🅃🄷🅀🅄🄰🄺🄴",
      "ᴇᴀʀᴛʜꞯᴜᴀᴋᴇ",
      "𝔼𝕒𝕣𝕥𝕙𝕢𝕦𝕒𝕜𝕖",
      "Earth\u200bquake",
      "earth\u00adquake",
    ])
      assert.include(topics(`${text} in Lisbon`), "earthquake", text)
    assert.strictEqual(plain("🅰️🎉 naïve café"), "🅰️🎉 naïve café")
    assert.strictEqual(plain("cafe\u0301"), "café")
  })

  it("cost no more than in proportion to the text", () => {
    for (const piece of ["東京で地震が", "แผ่นดินไหว", "ငလျင်", "가", "𝗘", "e\u0301", "a\u200b", "🅰", "𞤀", "ᴀ", "ㅋ", "l'", "'s"]) {
      const time = (n: number) => {
        let best = Infinity
        for (let round = 0; round < 5; round++) {
          const text = piece.repeat(n).slice(0, n)
          const start = performance.now()
          of(`${text}${round}`)
          best = Math.min(best, performance.now() - start)
        }
        return best
      }
      time(1_000)
      const [short, long] = [time(2_400), time(9_600)]
      assert.isBelow(long, 12 * short + 10, `${JSON.stringify(piece)}: ${short} ms, then ${long} ms`)
    }
  })
})
