import type * as SqlClient from "effect/sql/SqlClient"

/** What stands in the place of a name where there is none. */
const PLACEHOLDERS: ReadonlyArray<string> =
  `- . ? n/a na null nil none undefined unknown anon anonymous nobody author [deleted] [removed] deleted removed (unknown) (none) <unknown>
   unknown-author admin administrator webmaster editor editorial staff noreply no-reply user guest default`.split(/\s+/)

/** Spaces of every kind, and characters that are not seen. */
const BLANKS = [0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x20, 0x85, 0xa0, 0x1680, 0x2000, 0x2001, 0x2002, 0x2003, 0x2004, 0x2005, 0x2006, 0x2007]
  .concat([0x2008, 0x2009, 0x200a, 0x200b, 0x200c, 0x200d, 0x200e, 0x200f, 0x2028, 0x2029, 0x202f, 0x205f, 0x2060, 0x3000, 0xad, 0xfeff])
  .map((unit) => `\\${unit.toString(16).padStart(4, "0")}`)
  .join("")

const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`

const nameOf = (column: string) => `lower(btrim(normalize(${column}, NFKC), U&'${BLANKS}'))`

const VOICE = `coalesce(nullif(case when ${nameOf("s.author")} = any(array[${PLACEHOLDERS.map(quoted).join(", ")}]) then ''
  else ${nameOf("s.author")} end, ''), ${nameOf("s.community")}, '')`

/**
 * Who speaks in a signal `s`, within its platform: its author in whatever case; where it names none, the outlet that it belongs to,
 * which is its community (a feed, a channel, a subreddit), else the platform.
 */
export const voice = (sql: SqlClient.SqlClient) => sql.literal(VOICE)
