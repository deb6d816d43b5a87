import type { AnchorHTMLAttributes } from "react"
import { formatRoute, navigate, type Route } from "../view/route.ts"

interface PageLinkProps extends Omit<AnchorHTMLAttributes<HTMLAnchorElement>, "href" | "onClick"> {
  readonly to: Route
  /** True: the other page is read from its top. */
  readonly top?: boolean
  readonly "data-row"?: string
}

/** A link to a page of this application: opened in place, or in a new tab when asked for with a modifier. */
export const PageLink = ({ to, top = false, ...rest }: PageLinkProps) => (
  <a
    {...rest}
    href={formatRoute(to)}
    onClick={(event) => {
      if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
      event.preventDefault()
      navigate(to)
      if (top) scrollTo({ top: 0 })
    }}
  />
)
