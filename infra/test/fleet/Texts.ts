import type { Random } from "@signalflow/simulator/Random"

const words = (text: string) => text.split(" ")
const SUBJECTS = words(
  "basalt_compiler harbor_outage orbital_telescope quantum_router copper_battery tidal_turbine garden_robot river_census paper_archive winter_festival glass_bridge solar_ferry desert_railway clay_printer amber_database cedar_browser marble_keyboard velvet_protocol granite_scheduler lantern_museum",
).map((subject) => subject.replace("_", " "))
const EVENTS = words("release delay recall merger audit upgrade shortage launch redesign benchmark")
const JUDGEMENTS = [
  "is great news",
  "looks terrible",
  "divides the town",
  "wins an award",
  "makes users angry",
  "finally works well",
  "was announced today",
  "fails again",
]
const PLACES = words("Lisbon Osaka Nairobi Tallinn Quito Bergen Perth Lima Graz Leeds")

/** A sentence of which many are alike but few the same, of at least 20 letters: equal texts are planted, never met by chance too often. */
export const sentence = (random: Random): string =>
  `${random.pick(SUBJECTS)} ${random.pick(EVENTS)} ${random.pick(JUDGEMENTS)} in ${random.pick(PLACES)}, report ${random.int(1_000_000)}`
