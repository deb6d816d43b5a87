import { defineConfig } from "oxlint"

/** A room and the rooms of its package that it must not know. */
type Rooms = Readonly<Record<string, string>>

interface Package {
  /** Packages that this one must not import. */
  readonly never: string
  readonly may: string
  readonly rooms: Rooms
}

/** Imports point down: between packages, and between the rooms of one. Files in the root of a package are outside of its rooms. */
const packages: Readonly<Record<string, Package>> = {
  platform: {
    never: "ingest process server dashboard simulator cli",
    may: "may import domain alone",
    rooms: {
      flow: "postgres kafka redis telemetry secrets",
      telemetry: "postgres kafka redis secrets flow",
      redis: "postgres kafka",
      kafka: "postgres redis",
      postgres: "kafka redis",
      secrets: "kafka redis",
    },
  },
  ingest: {
    never: "process server dashboard simulator cli",
    may: "may import domain and platform",
    rooms: {
      convert: "sources targets health stores upstream",
      upstream: "sources targets health stores convert",
      stores: "sources targets health upstream convert",
      health: "sources targets stores upstream convert",
      targets: "sources health upstream convert",
    },
  },
  process: {
    never: "ingest server dashboard simulator cli",
    may: "may import domain and platform",
    rooms: {
      reading: "pipeline store trends deadletters retention scoring",
      scoring: "pipeline store trends deadletters retention reading",
      store: "pipeline trends deadletters retention scoring",
      deadletters: "pipeline trends retention reading scoring",
      retention: "pipeline trends deadletters reading scoring",
      trends: "pipeline store deadletters retention scoring",
      pipeline: "trends retention",
    },
  },
  server: {
    never: "ingest process dashboard simulator cli",
    may: "may import domain and platform",
    rooms: {
      http: "accounts signals trends sources deadletters live system database",
      access: "accounts signals trends sources deadletters live system",
      database: "accounts signals trends sources deadletters live system http access",
      signals: "accounts trends sources deadletters live system",
      trends: "accounts signals sources deadletters live system",
      sources: "accounts signals trends deadletters live system",
      system: "accounts signals trends sources deadletters live",
      accounts: "signals trends sources deadletters live system",
      live: "accounts signals trends sources deadletters system",
    },
  },
  dashboard: {
    never: "platform ingest process server simulator cli",
    may: "may import domain alone",
    rooms: {
      view: "app features components server live",
      server: "app features components live",
      live: "app features components",
      components: "app features live",
      features: "app",
    },
  },
  simulator: {
    never: "platform ingest process server dashboard cli",
    may: "may import domain alone",
    rooms: {
      world: "platforms faults",
      texts: "platforms faults truth",
      faults: "platforms world texts truth",
    },
  },
  cli: {
    never: "",
    may: "",
    rooms: {
      print: "commands programs doctor running layers",
      layers: "commands programs doctor running",
      running: "commands programs doctor",
      doctor: "commands programs",
      programs: "commands doctor",
    },
  },
  domain: {
    never: "",
    may: "",
    rooms: {
      signals: "api bus live deadletters sources settings trends",
      query: "api bus live deadletters sources settings trends",
      settings: "api bus live deadletters sources trends signals",
      bus: "api live deadletters sources settings trends",
      sources: "api live deadletters trends",
      live: "bus deadletters sources settings trends",
      deadletters: "api live trends",
    },
  },
}

interface Pattern {
  readonly group?: Array<string>
  readonly regex?: string
  readonly message: string
}

/** Besides what a package must not import of ours. */
const outside: Readonly<Record<string, ReadonlyArray<Pattern>>> = {
  domain: [{ group: ["@signalflow/*", "@effect/*", "node:*"], message: "domain imports effect alone" }],
  dashboard: [{ regex: "^node:", message: "the dashboard runs in a browser" }],
}

const either = (names: string) => names.replaceAll(" ", "|")

const restricted = (patterns: ReadonlyArray<Pattern>) => ({ "no-restricted-imports": ["error", { patterns }] as never })

// Of several overrides of one rule the last holds: those of a room repeat what holds for its package.
const directions = Object.entries(packages).flatMap(([name, { never, may, rooms }]) => {
  const ofPackage = [
    ...(outside[name] ?? []),
    ...(never === ""
      ? []
      : [
          {
            regex: `^(@signalflow/(${either(never)})/|(\\.\\./)+(packages/)?(${either(never)})/(src|test)/)`,
            message: may,
          },
        ]),
  ]
  const ofRooms = Object.entries(rooms).map(([room, hidden]) => ({
    files: [`packages/${name}/src/${room}/**`],
    rules: restricted([...ofPackage, { regex: `^(\\.\\./)+(${either(hidden)})/`, message: `${name}/${room} must not know this room` }]),
  }))
  return [...(ofPackage.length === 0 ? [] : [{ files: [`packages/${name}/src/**`], rules: restricted(ofPackage) }]), ...ofRooms]
})

export default defineConfig({
  plugins: ["typescript", "unicorn", "oxc", "import", "react"],
  categories: { correctness: "error", suspicious: "error" },
  rules: {
    "no-console": "error",
    "no-shadow": "off",
    "no-underscore-dangle": "off",
    "no-await-in-loop": "off",
    "require-yield": "off",
    "typescript/no-explicit-any": "error",
    "typescript/consistent-type-imports": "error",
    "unicorn/consistent-function-scoping": "off",
    "unicorn/no-array-sort": "off",
    "unicorn/no-array-reverse": "off",
    "unicorn/no-thenable": "off",
    "unicorn/require-post-message-target-origin": "off",
    "import/no-unassigned-import": "off",
    "import/no-cycle": ["error", { ignoreTypes: false }],
    "react/react-in-jsx-scope": "off",
  },
  overrides: [
    ...directions,
    {
      files: ["packages/cli/**", "bench/**", "packages/platform/src/telemetry/**", "packages/*/test/**"],
      rules: { "no-console": "off" },
    },
  ],
  ignorePatterns: ["**/dist/**", "**/node_modules/**", ".signalflow/**"],
})
