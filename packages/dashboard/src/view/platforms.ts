const known: Record<string, { readonly name: string; readonly letters: string }> = {
  hackernews: { name: "Hacker News", letters: "HN" },
  bluesky: { name: "Bluesky", letters: "BS" },
  reddit: { name: "Reddit", letters: "RD" },
  youtube: { name: "YouTube", letters: "YT" },
}

/** A platform that this page has never heard of is shown by its slug: a new source needs no change here. */
export const platformName = (platform: string): string => known[platform]?.name ?? platform.charAt(0).toUpperCase() + platform.slice(1)
export const platformLetters = (platform: string): string => known[platform]?.letters ?? platform.slice(0, 2).toUpperCase()

/** "Reddit", "Reddit and YouTube", "Bluesky, Reddit and YouTube". */
export const platformNames = (platforms: ReadonlyArray<string>): string => {
  const names = platforms.map(platformName)
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`
}
