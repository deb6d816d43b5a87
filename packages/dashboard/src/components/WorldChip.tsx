import { Hint } from "./Hint.tsx"

/** Says that nothing on the page was said by real people. */
export const WorldChip = () => (
  <span className="world">
    <Hint
      text={
        <>
          Everything here is invented, so that you can look around: posts, people and topics. For the real platforms, stop the demo and run{" "}
          <code>npx signalflow up</code>.
        </>
      }
    >
      simulated<span className="world-word"> world</span>
    </Hint>
  </span>
)
