/** Every word that a page shows. Short, plain, sentence case. */
export const strings = {
  name: "Myna",
  popover: {
    title: "Myna",
    state: "Nothing is running",
    today: "What works today",
    terminal: "Speech runs in the terminal:",
    command: 'myna speak "Hello" -o hello.wav',
    later: "This window does not speak or listen yet.",
    versions: "Versions",
    app: "App",
    engine: "Engine",
    webView: "Web view",
    loading: "Asking for the versions…",
    quit: "Quit Myna",
  },
  problem: {
    unknown: "Something went wrong.",
    details: "Details",
    retry: "Try again",
  },
} as const;
