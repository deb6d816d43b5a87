/** Paths of the dashboard's pages. The server answers these, and no others, with the page. */
export const pages = { now: "/", posts: "/posts", sources: "/sources" } as const
