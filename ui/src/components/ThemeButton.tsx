import { chooseTheme, type ThemeChoice, useThemeChoice } from "../lib/theme.ts";
import { Drop } from "./Drop.tsx";

const choices: readonly { readonly choice: ThemeChoice; readonly words: string }[] = [
  { choice: "system", words: "As the system" },
  { choice: "light", words: "Light" },
  { choice: "dark", words: "Dark" },
];

export function ThemeButton() {
  const chosen = useThemeChoice();
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
        </ul>
      )}
    </Drop>
  );
}
