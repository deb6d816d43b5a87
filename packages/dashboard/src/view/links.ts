/** `href` when it is a web address that is safe to open, else null: upstream text decides where links go, never what they run. */
export const webLink = (href: string | null): string | null => {
  if (href === null || !/^https?:\/\//i.test(href) || !URL.canParse(href)) return null
  return href
}
