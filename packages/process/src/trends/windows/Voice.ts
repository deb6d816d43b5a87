import type * as SqlClient from "effect/sql/SqlClient"

/** What stands in the place of a name where there is none, in lower case and without marks around it. */
const PLACEHOLDERS: ReadonlyArray<string> = `
  n/a, n.a, na, null, nil, none, none given, undefined, unknown, unknown author, unknown-author, unspecified, not available, not specified,
  no author, no name, anon, anonymous, nobody, author, deleted, removed, deleted user, deleted account, account deleted,
  admin, by admin, site admin, web admin, administrator, root, system, webmaster, web master, postmaster, info, contact, support, test,
  editor, the editor, editors, the editors, editorial, editorial team, editorial staff, editorial board, staff, by staff, staff writer,
  staff reporter, staff report, newsroom, newsdesk, news desk, web desk, webdesk, online desk, web team, wordpress, blogger,
  noreply, no-reply, donotreply, do-not-reply, user, guest, guest user, guest author, default,
  redaktion, die redaktion, redaktör, redaktor, redakcja, redakce, redakcia, redactie, de redactie, redacción, la redacción, redaccion, redacció,
  redação, da redação, redacao, redazione, la redazione, rédaction, la rédaction, redaction, la redaction,
  unbekannt, inconnu, inconnue, desconocido, desconhecido, sconosciuto, onbekend, okänd, ukjent, ukendt, nieznany, neznámý, bilinmiyor,
  anonym, anonyme, anónimo, anônimo, anonimo, anoniem, anonim, administrador, administrateur, amministratore, yönetici,
  админ, администратор, адміністратор, редакция, редакція, от редакции, аноним, анонім, неизвестно, неизвестный, невідомо, без автора, не указан,
  διαχειριστής, διαχειριστησ, ανώνυμος, άγνωστος, σύνταξη,
  管理员, 管理員, 管理者, 匿名, 佚名, 未知, 编辑部, 編輯部, 編集部, 編集局, 不明, 無名, 名無しさん, 관리자, 익명, 편집부,
  غير معروف, مجهول, المحرر, التحرير, المدير, ناشناس, نامعلوم, مدیر, אדמין, מערכת, מערכת האתר, אנונימי, לא ידוע, अज्ञात, एडमिन`
  .split(",")
  .map((name) => name.trim().normalize("NFKC"))

const unicode = (units: ReadonlyArray<number>) => `U&'${units.map((unit) => `\\${unit.toString(16).padStart(4, "0")}`).join("")}'`

/** Characters that are not seen: joiners, directions, soft hyphens. */
const UNSEEN = [0xad, 0x200b, 0x200c, 0x200d, 0x200e, 0x200f, 0x2060, 0xfeff]

/** Spaces of every kind; NFKC makes most of them one. */
const BLANKS = [0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x20, 0x85, 0x1680, 0x180e, 0x2028, 0x2029, 0x3164]

/** What people write around a name and for a name that is missing. A low line is part of a handle. */
const MARKS = [..."!\"#&'()*+,-./:;<=>?@[\\]`{|}~\u00ab\u00b7\u00bb\u2013\u2014\u2015\u2018\u2019\u201c\u201d\u201e\u2022\u3010\u3011"].map(
  (mark) => mark.charCodeAt(0),
)

const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`

const written = (column: string) => `lower(translate(normalize(${column}, NFKC), ${unicode(UNSEEN)}, ''))`
const nameOf = (column: string) => `btrim(${written(column)}, ${unicode([0x40, ...BLANKS])})`

/** A name without the marks around it; of an address what stands before its `@`. */
const BARE = `split_part(replace(btrim(${written("s.author")}, ${unicode([...MARKS, ...BLANKS])}), '  ', ' '), '@', 1)`

/** An identifier (Bluesky) is compared as it is: most signals have one, and the rest of this takes 5 µs. */
const VOICE = `coalesce(case when s.author like 'did:%' then s.author when ${BARE} = any(array['', ${PLACEHOLDERS.map(quoted).join(", ")}]) then null else nullif(${nameOf("s.author")}, '') end,
  ${nameOf("s.community")}, '')`

/**
 * Who speaks in a signal `s`, within its platform: its author in whatever case; where it names none, the outlet that it belongs to,
 * which is its community (a feed, a channel, a subreddit), else the platform.
 */
export const voice = (sql: SqlClient.SqlClient) => sql.literal(VOICE)
