/** The name and its mark: a line that rises. */
export const Logo = () => (
  <span className="logo">
    <svg viewBox="0 0 32 32" width="24" height="24" aria-hidden="true" focusable="false">
      <rect className="logo-tile" width="32" height="32" rx="8" />
      <path className="logo-line" d="M5 21h5l3-3 3.5 4L21 8l3 9h3" />
    </svg>
    <span className="logo-word">SignalFlow</span>
  </span>
)
