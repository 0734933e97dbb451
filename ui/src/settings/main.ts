import "../theme.css";
import { mount } from "svelte";
import { declareLanguage } from "../lib/strings";
import Settings from "./Settings.svelte";

declareLanguage();

const target = document.getElementById("app");
if (target) mount(Settings, { target });
