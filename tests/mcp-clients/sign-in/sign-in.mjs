// Signs in at the address that is given, with the key in API_KEY, and prints where the answer leads.
import { signIn } from "./browser.mjs";

console.log(await signIn(process.argv[2], process.env.API_KEY));
