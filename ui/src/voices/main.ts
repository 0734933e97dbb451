import "../theme.css";
import { mount } from "svelte";
import { declareLanguage } from "../lib/strings";
import Voices from "./Voices.svelte";

declareLanguage();

const target = document.getElementById("app");
if (target) mount(Voices, { target });
