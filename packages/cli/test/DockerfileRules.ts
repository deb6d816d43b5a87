export interface Instruction {
  readonly name: string
  readonly rest: string
}

export const instructions = (text: string): ReadonlyArray<Instruction> =>
  text
    .replaceAll(/\\\n\s*/g, "")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => ({ name: line.split(/\s+/, 1)[0]!.toUpperCase(), rest: line.slice(line.indexOf(" ") + 1).trim() }))

const isExec = (rest: string): boolean => {
  try {
    const words: unknown = JSON.parse(rest)
    return Array.isArray(words) && words.length > 0 && words.every((word) => typeof word === "string")
  } catch {
    return false
  }
}

/** Whether a .dockerignore that begins with `*` lets a path, or a folder that it is in, through. */
const isSent = (ignored: string, path: string): boolean =>
  ignored.split("\n").some((line) => line.startsWith("!") && (path === line.slice(1) || path.startsWith(`${line.slice(1)}/`)))

/** What a Dockerfile is held against. Paths are relative to the build context. */
export interface Around {
  readonly nodeVersion: string
  readonly workspaces: ReadonlyArray<string>
  readonly exists: (path: string) => boolean
  /** Of .dockerignore. */
  readonly ignored: string
}

/** Everything that is wrong with the Dockerfile, one line each. */
export const problemsOf = (text: string, { nodeVersion, workspaces, exists, ignored }: Around): ReadonlyArray<string> => {
  const all = instructions(text)
  const problems: Array<string> = []
  const check = (holds: boolean, what: string) => {
    if (!holds) problems.push(what)
  }
  const args = new Map(all.filter(({ name }) => name === "ARG").map(({ rest }) => rest.split("=", 2) as [string, string | undefined]))
  const stages = new Set<string>()
  for (const { rest } of all.filter(({ name }) => name === "FROM")) {
    const [from = "", , stage] = rest.split(/\s+/)
    const image = from.replace(/^\$\{(\w+)\}$/, (_, name: string) => args.get(name) ?? "")
    if (!stages.has(image))
      check(image.startsWith(`node:${nodeVersion}-`) && image.endsWith("-slim"), `${image} is not the slim Node ${nodeVersion}`)
    if (stage !== undefined) stages.add(stage)
  }
  check(stages.size > 0, "it has one stage: what builds it stays in the image")

  const final = all.slice(all.findLastIndex(({ name }) => name === "FROM") + 1)
  const last = (name: string) => final.findLast((one) => one.name === name)?.rest ?? ""
  check(/^[1-9]\d*:[1-9]\d*$/.test(last("USER")), "the last stage runs as root")
  check(isExec(last("ENTRYPOINT")), "ENTRYPOINT is not a JSON array: a shell would take SIGTERM and keep it")
  check(isExec(last("CMD")), "CMD is not a JSON array")
  check(isExec(last("HEALTHCHECK").replace(/^.*?CMD\s+/, "")), "HEALTHCHECK is missing, or starts a shell")
  check(last("STOPSIGNAL") === "SIGTERM", "STOPSIGNAL is not SIGTERM")
  check(
    final.every(({ name }) => name !== "RUN"),
    "the last stage runs commands: let an earlier one do it",
  )

  check(
    all.some(({ name, rest }) => name === "RUN" && /npm ci .*--omit=dev/.test(rest)),
    "production dependencies are not installed with npm ci --omit=dev",
  )
  check(!all.some(({ name, rest }) => name === "RUN" && /npm (install|i)\b/.test(rest)), "npm install does not keep to the lock file")
  for (const workspace of workspaces)
    check(
      all.some(({ name, rest }) => name === "COPY" && rest.startsWith(`${workspace}/package.json `)),
      `${workspace}/package.json is not copied before npm ci`,
    )
  check(
    all.some(({ name, rest }) => name === "COPY" && rest.startsWith("tsconfig.json ")),
    "tsconfig.json is not copied: the dashboard's extends it",
  )
  check(ignored.includes("**/.env") && ignored.includes("**/node_modules"), ".dockerignore lets .env or node_modules through")
  for (const { name, rest } of all) {
    if (name === "ARG" || name === "ENV")
      check(!/PASSWORD|SECRET|TOKEN|_KEY|CREDENTIAL/i.test(rest), `${name} ${rest.split("=")[0]} puts a secret into the image`)
    check(name !== "ADD", "ADD may fetch and unpack: use COPY")
    if (name !== "COPY" || rest.startsWith("--from=")) continue
    for (const path of rest.split(/\s+/).slice(0, -1)) {
      check(exists(path), `COPY of ${path}, which is not there`)
      check(isSent(ignored, path), `COPY of ${path}, which .dockerignore keeps back`)
      check(!/(^|\/)\.env|^\.$/.test(path), `COPY ${path} may bring secrets along`)
    }
  }
  return problems
}
