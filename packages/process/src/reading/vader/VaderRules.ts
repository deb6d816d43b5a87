/** The closed word lists and constants of VADER's rules (Hutto & Gilbert 2014; reference implementation, MIT). */
const words = (text: string): ReadonlyArray<string> => text.trim().split(/\s+/)

/** What an ALL-CAPS word among others adds to its strength. */
export const CAPS = 0.733
/** What a negation multiplies with. */
export const NEGATION = -0.74

const INCREASE = 0.293
const DECREASE = -0.293

export const negations: ReadonlySet<string> = new Set(
  words(`
    aint arent cannot cant couldnt darent didnt doesnt dont hadnt hasnt havent isnt mightnt mustnt neednt oughtnt shant shouldnt wasnt
    werent wont wouldnt neither never none nope nor not nothing nowhere uhuh uh-uh without rarely seldom despite
  `),
)

export const boosters: ReadonlyMap<string, number> = new Map([
  ...words(`
    absolutely amazingly awfully completely considerable considerably decidedly deeply effing enormous enormously entirely especially
    exceptional exceptionally extreme extremely fabulously flipping flippin frackin fracking fricking frickin frigging friggin fully
    fuckin fucking fuggin fugging greatly hella highly hugely incredible incredibly intensely major majorly more most particularly
    purely quite really remarkably so substantially thoroughly total totally tremendous tremendously uber unbelievably unusually utter
    utterly very
  `).map((word) => [word, INCREASE] as const),
  ...words(`
    almost barely hardly kinda kindof kind-of less little marginal marginally occasional occasionally partly scarce scarcely slight
    slightly somewhat sorta sortof sort-of
  `).map((word) => [word, DECREASE] as const),
])

export const boosterPhrases: ReadonlyMap<string, number> = new Map([
  ["just enough", DECREASE],
  ["kind of", DECREASE],
  ["sort of", DECREASE],
])

export const idioms: ReadonlyMap<string, number> = new Map([
  ["the shit", 3],
  ["the bomb", 3],
  ["bad ass", 1.5],
  ["bus stop", 0],
  ["yeah right", -2],
  ["kiss of death", -1.5],
  ["to die for", 3],
  ["beating heart", 3.1],
  ["broken heart", -2.9],
])
