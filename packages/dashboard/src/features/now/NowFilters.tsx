import { Icon } from "../../components/Icon.tsx"
import { platformName } from "../../view/platforms.ts"
import { navigate, type NowRoute } from "../../view/route.ts"

/** Which platform, and which topics by name; both live in the URL. */
export const NowFilters = ({ route, platforms }: { readonly route: NowRoute; readonly platforms: ReadonlyArray<string> }) => (
  <form className="filters" role="search" aria-label="Filter topics" onSubmit={(event) => event.preventDefault()}>
    <label className="field field-find">
      <span className="sr">Filter topics by name</span>
      <Icon name="search" />
      <input
        data-filter=""
        type="search"
        name="find"
        placeholder="Filter topics"
        autoComplete="off"
        spellCheck={false}
        maxLength={200}
        value={route.find}
        onChange={(event) => navigate({ ...route, find: event.target.value }, "replace")}
      />
      <kbd aria-hidden="true">/</kbd>
    </label>
    <label className="field">
      <span className="sr">Platform</span>
      <select value={route.platform ?? ""} onChange={(event) => navigate({ ...route, platform: event.target.value || null })}>
        <option value="">All platforms</option>
        {platforms.map((platform) => (
          <option key={platform} value={platform}>
            {platformName(platform)}
          </option>
        ))}
      </select>
    </label>
  </form>
)
