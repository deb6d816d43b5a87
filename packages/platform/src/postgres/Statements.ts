/** One statement of an SQL file and the line that it begins on. */
export interface Statement {
  readonly text: string
  readonly line: number
}

const TOKEN =
  /--[^\n]*|\/\*|[eE]'(?:[^'\\]|\\[\s\S]|'')*'?|'(?:[^']|'')*'?|"(?:[^"]|"")*"?|\$(?:[A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*)?\$|[A-Za-z_\u0080-\uffff][A-Za-z0-9_$\u0080-\uffff]*|\$\d+|[();]|\s+|[\s\S]/y

const blockCommentEnd = (sql: string, from: number): number => {
  const edge = /\/\*|\*\//g
  edge.lastIndex = from
  let depth = 1
  for (let found = edge.exec(sql); found !== null; found = edge.exec(sql)) {
    depth += found[0] === "/*" ? 1 : -1
    if (depth === 0) return edge.lastIndex
  }
  return sql.length
}

const dollarQuoteEnd = (sql: string, from: number, tag: string): number => {
  const end = sql.indexOf(tag, from)
  return end === -1 ? sql.length : end + tag.length
}

/**
 * Splits a file at the semicolons that end statements: not those in strings, quoted names, dollar quotes, (nested) comments,
 * parentheses or `BEGIN ATOMIC` bodies. The wire protocol takes one statement at a time. Comments before a statement are dropped.
 */
export const split = (sql: string): ReadonlyArray<Statement> => {
  const statements: Array<Statement> = []
  let start = -1
  let line = 1
  let startLine = 1
  let parentheses = 0
  let body = 0
  let words: Array<string> = []
  const finish = (end: number) => {
    if (start !== -1) statements.push({ text: sql.slice(start, end).trim(), line: startLine })
    start = -1
    parentheses = 0
    body = 0
    words = []
  }
  let at = 0
  while (at < sql.length) {
    TOKEN.lastIndex = at
    const token = TOKEN.exec(sql)![0]
    let end = at + token.length
    const comment = token.startsWith("--") || token === "/*"
    if (token === "/*") end = blockCommentEnd(sql, end)
    else if (token.length > 1 && token.startsWith("$") && token.endsWith("$")) end = dollarQuoteEnd(sql, end, token)
    if (token === ";" && parentheses === 0 && body === 0) finish(at)
    else if (!comment && token.trim() !== "") {
      if (start === -1) {
        start = at
        startLine = line
      }
      if (token === "(") parentheses++
      else if (token === ")") parentheses = Math.max(0, parentheses - 1)
      else if (/^[A-Za-z_]/.test(token)) {
        const word = token.toUpperCase()
        if (words.length < 5) words.push(word)
        if (words[0] === "CREATE" && words.some((kind) => kind === "FUNCTION" || kind === "PROCEDURE")) {
          if (word === "BEGIN" || (body > 0 && word === "CASE")) body++
          else if (word === "END" && body > 0) body--
        }
      }
    }
    for (let i = at; i < end; i++) if (sql.charCodeAt(i) === 10) line++
    at = end
  }
  finish(sql.length)
  return statements
}
