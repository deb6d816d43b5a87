import { assert, describe, it } from "@effect/vitest"
import { split } from "../../src/postgres/Statements.ts"

const texts = (sql: string) => split(sql).map(({ text }) => text)

describe("Statements", () => {
  it("splits at semicolons and tells the line each statement begins on", () => {
    assert.deepStrictEqual(split("SELECT 1;\n\n-- note\nSELECT\n 2 ;;\n; SELECT 3"), [
      { text: "SELECT 1", line: 1 },
      { text: "SELECT\n 2", line: 4 },
      { text: "SELECT 3", line: 6 },
    ])
    assert.deepStrictEqual(split(" \n-- nothing\n/* at all; */;"), [])
  })

  const whole: Record<string, string> = {
    "a string": "SELECT 'a;b'",
    "a doubled quote": "SELECT 'it''s; fine'",
    "a backslash that ends a plain string": "SELECT 'a\\' , ';'",
    "an escape string": "SELECT E'it\\'s; fine'",
    "a quoted name": 'SELECT 1 AS "a;""b;"',
    "a dollar quote": "DO $$ BEGIN PERFORM 1; END $$",
    "a tagged dollar quote that holds a plain one": "DO $body$ SELECT $$;$$; $body$",
    "a parameter, which opens no dollar quote": "PREPARE p AS SELECT $1, ';'",
    "a dollar sign within a name": "SELECT a$b$c, ';' FROM t",
    "a line comment": "SELECT 1 -- ; '\n + 1",
    "a nested comment": "SELECT /* ; /* ; ' */ ; */ 1",
    parentheses: "CREATE RULE r AS ON INSERT TO t DO ALSO (INSERT INTO u VALUES (1); INSERT INTO v VALUES (2))",
    "a body in SQL": "CREATE OR REPLACE FUNCTION f(x int) RETURNS int BEGIN ATOMIC SELECT CASE WHEN x > 0 THEN 1 ELSE 2 END; SELECT 2; END",
    "letters beyond ASCII": "SELECT 'ж;' AS naïve",
  }
  for (const [name, sql] of Object.entries(whole)) {
    it(`keeps ${name} whole`, () => assert.deepStrictEqual(texts(`${sql};\nSELECT 2;`), [sql, "SELECT 2"]))
  }

  it("a function written in a dollar quote does not swallow what follows", () => {
    assert.deepStrictEqual(
      texts("CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN 1; END $$; SELECT 1; SELECT 2").slice(1),
      ["SELECT 1", "SELECT 2"],
    )
  })

  it("text that never closes is one statement, which the server then refuses", () => {
    assert.deepStrictEqual(texts("SELECT 'a; SELECT 2;"), ["SELECT 'a; SELECT 2;"])
    assert.deepStrictEqual(texts("DO $$ SELECT 1;"), ["DO $$ SELECT 1;"])
  })

  it("a large file takes time in proportion to its length", () => {
    const began = performance.now()
    assert.strictEqual(split("INSERT INTO t VALUES ('x;y', $$a;b$$); -- c\n".repeat(20_000)).length, 20_000)
    assert.isBelow(performance.now() - began, 5_000)
  })
})
