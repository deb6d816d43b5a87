const names = (list: string): ReadonlySet<string> => new Set(list.split(" "))

/** What gives words a look inside a line. */
const INLINE =
  "a abbr acronym b bdi bdo big center cite code del dfn em font i ins kbd label mark nobr q rp rt ruby s samp small span strike strong sub sup time tt u var"
const BLOCK =
  "address article aside blockquote body caption dd details dialog div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup html legend li main menu nav ol optgroup option p pre search section select summary table tbody td tfoot th thead tr ul"
const VOID = "area base br col embed hr img input link meta param source track wbr"
const OTHER =
  "applet audio button canvas colgroup data datalist head iframe map math meter noembed noframes noscript object output picture progress script slot style svg template textarea title video"

export const VOIDS = names(VOID)
/** What may stand in a title only to format it. */
export const FORMATTING = names(`${INLINE} br hr img wbr p div h1 h2 h3 h4 h5 h6 blockquote pre ul ol li`)
export const HTML = names(`${INLINE} ${BLOCK} ${VOID} ${OTHER}`)
/** Gone with all that they hold. */
export const HIDDEN = names("head iframe noscript script style svg template")
/** One line end; two; a space. */
export const LINES = names("br caption dd dt hr li option tr")
export const PARAGRAPHS = names(
  "address article aside blockquote body center details dialog div dl fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup legend main menu nav ol p pre search section select summary table ul",
)
export const CELLS = names("button input td textarea th")
