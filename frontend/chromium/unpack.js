// Unpack Chromium below the temporary folder, with the libraries a bare machine lacks beside it,
// and print two lines: the program, and the folder of those libraries.
import chromium, { inflate } from "@sparticuz/chromium";

const libraries = new URL("node_modules/@sparticuz/chromium/bin/al2023.tar.br", import.meta.url);
console.log(await chromium.executablePath());
console.log(`${await inflate(libraries.pathname)}/lib`);
