import {
  chooseSafePalette,
  chooseTheme,
  type ThemeChoice,
  useSafePalette,
  useThemeChoice,
} from "../lib/theme.ts";
import { Drop } from "./Drop.tsx";

const choices: readonly { readonly choice: ThemeChoice; readonly words: string }[] = [
  { choice: "system", words: "As the system" },
  { choice: "light", words: "Light" },
  { choice: "dark", words: "Dark" },
];

export function ThemeButton() {
  const chosen = useThemeChoice();
  const safe = useSafePalette();
  return (
    <Drop label="Theme" quiet>
      {(close) => (
        <ul>
          {choices.map(({ choice, words }) => (
            <li key={choice}>
              <button
                type="button"
                aria-current={choice === chosen}
                onClick={() => {
                  chooseTheme(choice);
                  close();
                }}
              >
                {words}
              </button>
            </li>
          ))}
          <li className="apart">
            <button type="button" aria-pressed={safe} onClick={() => chooseSafePalette(!safe)}>
              Colour-blind palette
              <small>{safe ? "on" : "off"}</small>
            </button>
          </li>
        </ul>
      )}
    </Drop>
  );
}
