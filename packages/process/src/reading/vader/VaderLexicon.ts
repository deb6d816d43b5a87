import { lexicon } from "vader-sentiment/src/vader_lexicon.js"

/** Where the npm package's lexicon (VADER of 2017) differs from the reference's. */
const corrections: Record<string, number> = { heart: 3.2, hearts: 3.3, badass: 1.4, flawed: -2.1 }

/** Mean valence (-4 to 4) of a lower-cased token. Keys with an upper-case letter exist and can never match, as in the reference. */
export const valences: ReadonlyMap<string, number> = new Map([...Object.entries(lexicon), ...Object.entries(corrections)])
