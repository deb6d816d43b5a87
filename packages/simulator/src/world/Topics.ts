/** What a field's people talk about. Words are lower case; order is rank: each topic shuffles them and uses them by Zipf's law. */
export interface Field {
  readonly name: string
  readonly nouns: ReadonlyArray<string>
  readonly praise: ReadonlyArray<string>
  readonly blame: ReadonlyArray<string>
  readonly doing: ReadonlyArray<string>
}

const words = (text: string) => text.split(",").map((word) => word.trim())

const field = (name: string, nouns: string, praise: string, blame: string, doing: string): Field => ({
  name,
  nouns: words(nouns),
  praise: words(praise),
  blame: words(blame),
  doing: words(doing),
})

const FIELDS = {
  data: field(
    "databases",
    "query planner, replication lag, index, vacuum, write-ahead log, migration, sharding, connection pool, snapshot, lock contention, join order, storage engine, backup, checkpoint, cold cache, schema change, tail latency, compaction, partition, cost model",
    "rock solid, impressively fast, a joy to operate, beautifully documented, boring in the best way",
    "painfully slow, fragile under load, a nightmare to upgrade, badly documented, losing writes",
    "tuning, benchmarking, migrating to, running, debugging",
  ),
  ai: field(
    "machine learning",
    "context window, inference cost, eval suite, fine-tune, tool use, latency, training run, dataset, benchmark, hallucination, safety review, embedding, distillation, open weights, prompt, agent loop, token price, reward model, system card, rate limit",
    "surprisingly helpful, brilliant at refactoring, remarkably cheap, honest about what it does not know, a real improvement",
    "confidently wrong, overhyped, terribly expensive, worse than last month, useless for long files",
    "testing, fine-tuning, evaluating, building on, comparing",
  ),
  chips: field(
    "hardware",
    "yield, memory bandwidth, power draw, thermal limit, export licence, wafer supply, packaging, die shot, firmware, compiler, lead time, clock speed, cache, interconnect, driver, foundry, price cut, roadmap, benchmark, undervolt",
    "insanely efficient, a great deal, impressively cool, faster than promised, a triumph of engineering",
    "overpriced, throttling badly, impossible to buy, plagued by driver bugs, a huge disappointment",
    "benchmarking, ordering, overclocking, reviewing, porting code to",
  ),
  space: field(
    "space",
    "launch window, booster, static fire, heat shield, lander, orbit, payload, telemetry, fairing, upper stage, docking, ground track, scrub, engine bell, landing site, crew, sample return, solar array, weather call, flight plan",
    "absolutely gorgeous, a flawless landing, thrilling to watch, a historic success, inspiring",
    "a sad loss, delayed again, a worrying anomaly, scrubbed at the last minute, a costly failure",
    "watching, tracking, photographing, waiting for, following",
  ),
  security: field(
    "security",
    "patch, exploit, advisory, disclosure, phishing kit, zero day, audit, credential leak, supply chain, incident report, backdoor, sandbox escape, token, certificate, ransom note, bounty, log line, firewall rule, root cause, lockfile",
    "handled perfectly, a great write-up, refreshingly transparent, quick to patch, a model response",
    "a dangerous mess, shockingly careless, silent for days, still unpatched, a disaster for its users",
    "patching, auditing, reading about, rolling back, investigating",
  ),
  phones: field(
    "gadgets",
    "battery life, camera, screen, repair score, trade-in, update, charger, keyboard, hinge, speaker, app store, night mode, widget, case, price, pre-order, beta, notification, dock, headphone jack",
    "gorgeous, a delight to use, worth every cent, easy to repair, lovely in the hand",
    "overheating, buggy, a rip-off, scratched within a day, ugly and slow",
    "pre-ordering, unboxing, returning, repairing, trying",
  ),
  cars: field(
    "mobility",
    "range, charging curve, recall notice, winter test, software update, crash rating, battery pack, plug standard, lease, heat pump, autopilot, depot, delivery, tyre wear, tariff, factory, price war, dashboard, bus lane, test drive",
    "smooth and quiet, a bargain, brilliant in the snow, fun to drive, safer than expected",
    "recalled again, stranded at the charger, dangerously slow to brake, full of rattles, a broken promise",
    "driving, charging, leasing, comparing, waiting for",
  ),
  games: field(
    "games",
    "patch notes, boss fight, soundtrack, frame rate, speedrun, save file, loot table, co-op, mod, map, early access, lore, nerf, matchmaking, demo, ending, DLC, photo mode, inventory, side quest",
    "a masterpiece, so much fun, gorgeous, the best game of the year, charming",
    "a buggy mess, boring, unplayable since the update, a cash grab, crashing constantly",
    "playing, finishing, modding, speedrunning, streaming",
  ),
  football: field(
    "sport",
    "penalty, derby, transfer, line-up, injury time, goalkeeper, midfield, clean sheet, away end, manager, replay, season ticket, academy, corner, offside call, cup tie, fixture list, captain, defence, comeback",
    "a brilliant win, superb, pure joy, the best match in years, unstoppable",
    "a shameful defeat, robbed by the referee, awful defending, a terrible injury, hopeless",
    "watching, cheering for, travelling with, arguing about, supporting",
  ),
  culture: field(
    "film and music",
    "trailer, soundtrack, finale, premiere, box office, cast, encore, vinyl, tour dates, script, season two, award, score, cameo, rewatch, opening night, review, festival, plot twist, poster",
    "breathtaking, a beautiful album, hilarious, deeply moving, perfect from start to finish",
    "a letdown, unbearably long, cancelled too soon, lazy writing, sold out in seconds by scalpers",
    "watching, listening to, queueing for, reviewing, recommending",
  ),
  climate: field(
    "energy and climate",
    "heat pump, grid battery, wind farm, permit, tariff, storm surge, river level, wildfire smoke, capacity, interconnector, subsidy, outage map, reservoir, solar roof, forecast, carbon price, cable, turbine, blackout, insulation",
    "great news, cheaper than gas, a hopeful sign, ahead of schedule, an impressive record",
    "a disaster, late and over budget, a cruel price rise, dangerously dry, a preventable tragedy",
    "measuring, installing, mapping, reporting on, preparing for",
  ),
  health: field(
    "health",
    "trial, waiting list, vaccine, side effect, dose, sleep, clinic, diagnosis, screening, allergy season, nurse, rehab, guideline, placebo, blood test, study, insurance, protein, mental health, recovery",
    "promising, a relief for patients, safe and effective, a wonderful team, life-changing",
    "alarming, dangerously misleading, out of stock, a painful delay, cut without warning",
    "studying, taking, waiting for, reading about, recovering with",
  ),
  money: field(
    "business",
    "earnings call, layoffs, valuation, guidance, interest rate, merger, shareholder letter, strike, union vote, lawsuit, dividend, subscription price, runway, audit, share buyback, rent, pension, invoice, antitrust case, chief executive",
    "a strong quarter, a smart deal, great value, growing nicely, good for workers",
    "a brutal round of cuts, a scandal, greedy, deep in debt, a hostile takeover",
    "buying, leaving, suing, negotiating with, working at",
  ),
  city: field(
    "city life",
    "tram line, bike lane, city council, rent cap, ferry, night market, road works, library, mayor, school board, metro station, parade, flood barrier, festival, vote count, housing plan, airport link, park, strike, street food",
    "wonderful, a lovely surprise, safer for kids, delicious, a win for the neighbourhood",
    "a complete mess, closed without notice, dangerously crowded, an expensive mistake, filthy",
    "visiting, voting on, waiting at, cycling past, photographing",
  ),
  code: field(
    "programming",
    "type system, build time, package manager, compiler, stack trace, release notes, memory safety, debugger, plugin, linter, test suite, code review, standard library, macro, deploy, incident, refactor, monorepo, API, terminal",
    "elegant, a pleasure to read, blazing fast, exactly what I needed, wonderfully simple",
    "a breaking change, painfully slow to compile, abandoned, confusing, full of footguns",
    "rewriting in, learning, packaging, profiling, contributing to",
  ),
} as const

export type FieldName = keyof typeof FIELDS
export const fieldOf = (name: FieldName): Field => FIELDS[name]

export interface Topic {
  readonly index: number
  /** How people write it; also what is planted in every post about it. */
  readonly name: string
  readonly hashtag: string
  readonly host: string
  readonly field: FieldName
  readonly weight: number
  /** Share of its talk that lands on Hacker News rather than Bluesky, relative to the others. */
  readonly technical: number
}

const TECHNICAL: Record<FieldName, number> = {
  data: 3, ai: 2.5, chips: 2, space: 1, security: 2.5, phones: 0.8, cars: 0.6, games: 0.4, football: 0.05, culture: 0.1, climate: 0.7, health: 0.4, money: 0.8, city: 0.15, code: 3,
} // prettier-ignore

/** Invented names only, busiest first. */
const NAMES: ReadonlyArray<readonly [name: string, field: FieldName]> = [
  ["Orbelia", "ai"], ["Northmoor United", "football"], ["Glasswing OS", "phones"], ["Quillbase", "data"], ["Kestrel Nine", "space"], ["Tidewater Grid", "climate"],
  ["Emberfall", "games"], ["Halden Motors", "cars"], ["Ferrolite", "code"], ["Paper Lanterns", "culture"], ["Veyra Chips", "chips"], ["Port Alder", "city"],
  ["Solvane", "health"], ["Cindertrust", "money"], ["Lockhaven", "security"], ["Miravo", "phones"], ["Deepharbor", "ai"], ["Saltmarsh FC", "football"],
  ["Brightfen", "climate"], ["Starling Station", "space"], ["Thornwick", "games"], ["Nimbuskit", "code"], ["Velvet Static", "culture"], ["Ottavia Bus", "cars"],
  ["Grainstore", "data"], ["Maplegate", "city"], ["Palisade Mail", "security"], ["Corvane Labs", "ai"], ["Tessera Pay", "money"], ["Lumen Pads", "phones"],
  ["Iron Meridian", "games"], ["Redwater Rovers", "football"], ["Hexforge", "chips"], ["Aurelis", "health"], ["Windrose Energy", "climate"], ["Pebblescript", "code"],
  ["Cassava Nights", "culture"], ["Juniper Probe", "space"], ["Rookery Bank", "money"], ["Marlowe Bridge", "city"], ["Slateform", "data"], ["Bramblenet", "security"],
  ["Oakline Trams", "cars"], ["Fathom Reader", "phones"], ["Quietmind", "health"], ["Skyfarers", "games"], ["Larkspur AI", "ai"], ["Dunmere City", "football"],
  ["Basalt Compiler", "code"], ["Moth Season", "culture"], ["Gannet Lander", "space"], ["Copperfield Cells", "chips"], ["Harrow Valley", "climate"], ["Kiteworks Air", "money"],
  ["Sable Keys", "security"], ["Lantern Market", "city"], ["Verdigris DB", "data"], ["Pinewake", "health"], ["Tallow Drive", "cars"], ["Wren Protocol", "code"],
] // prettier-ignore

export const TOPICS: ReadonlyArray<Topic> = NAMES.map(([name, fieldName], index) => ({
  index,
  name,
  hashtag: name.replaceAll(" ", ""),
  host: `${name.toLowerCase().replaceAll(" ", "-")}.example`,
  field: fieldName,
  weight: 1 / (index + 6) ** 0.85,
  technical: TECHNICAL[fieldName],
}))
