/** Letters that texts in a charset are full of, the usual case and marks first; what they are not made of speaks against it. */
const WESTERN = "éñáóíüèöäàçêßúãåøæîôâùëïœìòûõðþÿ"
const CENTRAL = "éáíóąęłčřěšžőűśöüýćńżúůăşţâîťďňźľĺôäđ"
const CYRILLIC = "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъёіїєґўђјљњћџ"
const BALTIC = "āčēģīķļņšūžąęėįųõäöü"
const TURKISH = "ıİşŞğĞçöüâî"
const GREEK = "αετοιηνσκρπλυμςγδωχθφβξζψάέήίόύώϊ"
const HEBREW = "יוהלאתרמשבםנעדחפקצכסטזןגךץף"
const ARABIC = "اليمنتروبدعسفهكحقجشطزصخذثغضظءئأإآةىؤپچژگ"
const THAI = "านรกอเง่มลยวส้ดตทีัิบคปหแจะุไำพใชขื์ูผโณ็ซธฟถศษฉญ"

export interface Single {
  readonly letters: string
  readonly languages: string
}

/** Charsets of one byte a letter, and the languages written in them. */
export const SINGLE: Readonly<Record<string, Single>> = {
  "windows-1252": { letters: WESTERN, languages: "en fr de es pt it nl sv da no nb fi is ca ga eu gl" },
  "windows-1250": { letters: CENTRAL, languages: "pl cs sk hu ro hr sl sq bs" },
  "iso-8859-2": { letters: CENTRAL, languages: "pl cs sk hu ro hr sl sq bs" },
  "windows-1251": { letters: CYRILLIC, languages: "ru uk be bg sr mk kk" },
  "koi8-u": { letters: CYRILLIC, languages: "ru uk be bg" },
  "iso-8859-5": { letters: CYRILLIC, languages: "ru uk be bg sr mk" },
  ibm866: { letters: CYRILLIC, languages: "ru uk be bg" },
  "windows-1253": { letters: GREEK, languages: "el" },
  "iso-8859-7": { letters: GREEK, languages: "el" },
  "windows-1254": { letters: TURKISH, languages: "tr az" },
  "windows-1255": { letters: HEBREW, languages: "he iw yi" },
  "windows-1256": { letters: ARABIC, languages: "ar fa ur" },
  "windows-1257": { letters: BALTIC, languages: "lt lv et" },
  "windows-874": { letters: THAI, languages: "th" },
}

/** Charsets that are seldom meant, and looked at only where they are declared. */
export const DECLARED: Readonly<Record<string, Single>> = {
  "iso-8859-3": { letters: `${WESTERN}ĉĝĥĵŝŭġħżċ`, languages: "eo mt" },
  "iso-8859-4": { letters: BALTIC, languages: "lt lv et" },
  "iso-8859-6": { letters: ARABIC, languages: "ar fa ur" },
  "iso-8859-8": { letters: HEBREW, languages: "he iw yi" },
  "iso-8859-8-i": { letters: HEBREW, languages: "he iw yi" },
  "iso-8859-10": { letters: `${WESTERN}ášŧđž`, languages: "is se" },
  "iso-8859-13": { letters: BALTIC, languages: "lt lv et" },
  "iso-8859-14": { letters: `${WESTERN}ŵŷ`, languages: "cy ga" },
  "iso-8859-15": { letters: WESTERN, languages: "en fr de es pt it nl sv da no nb fi is ca ga eu gl" },
  "iso-8859-16": { letters: `${CENTRAL}șț`, languages: "ro" },
  macintosh: { letters: WESTERN, languages: "en fr de es pt it nl sv da no nb fi is ca ga eu gl" },
  "x-mac-cyrillic": { letters: CYRILLIC, languages: "ru uk be bg sr mk" },
}

/** The most frequent characters of Chinese, in either script. */
export const COMMON_SIMPLIFIED = new Set(
  "的一是不了在人有我他这中大来上国个到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可她里后小么心多天而能好都然没日于起还发成事只作当想看文无开手十用主行方又如前所本见经头面公同三已老从动两长知民样现分将外但身些与高意进把法此实回二理美点月明其种声全工己话儿者向情部正名定女问力机给等几很业最间新什打便位因重被走电四第门相次东政海口使教西再平真听世气信北少关并内加化由却代军产入先山五太水万市眼体别处总才场师书比住员九笑性通目华报立马命张活难神数件安表原车白应路期叫死常提感金何更反合放做系计或司利受光王果亲界及今京务制解各任至清物台象记边共风战干接它许八特觉望直服毛林题建南度统色字请交爱让认算论百吃义科怎元社术结六功指思非流每青管夫连远资队跟带花快条院变联言权往展该领传近留红治决周保达办运武半候七必城父强步完革深区即求品士转量空甚众技轻程告江语英基派满式李息写呢识极令黄德收脸钱党倒未持取设始版双历越史商千片容研像找友孩站广改议形委早房音火际则首单据导影失拿网香似斯专石若兵弟谁校读志飞观争究包组造落视济喜离虽坏兴切微告",
)
export const COMMON_TRADITIONAL = new Set(
  "的一是不了在人有我他這中大來上國個到說們為子和你地出道也時年得就那要下以生會自著去之過家學對可她裡後小麼心多天而能好都然沒日於起還發成事只作當想看文無開手十用主行方又如前所本見經頭面公同三已老從動兩長知民樣現分將外但身些與高意進把法此實回二理美點月明其種聲全工己話兒者向情部正名定女問力機給等幾很業最間新什打便位因重被走電四第門相次東政海口使教西再平真聽世氣信北少關並內加化由卻代軍產入先山五太水萬市眼體別處總才場師書比住員性通目華報立馬命張活難神數件安表原車白應路期叫死常提感金何更反合放做系計或司利受光王果親界及今京務制解各任至清物台象記邊共風戰干接它許特覺望直服林題建南度統色字請交愛讓認算論百義科元社術結功指思非流每管連遠資隊帶花快條院變聯言權往展該領傳近留紅治決周保達辦運半必城強步完深區求品轉量空技程告語英基派滿式息寫識極收錢黨未持取設始版雙歷史商容研像找友站廣改議形早房音火際則首單據導影失網專校讀觀爭究包組造視濟",
)
