import "../theme.css";
import { mount } from "svelte";
import { declareLanguage } from "../lib/strings";
import Welcome from "./Welcome.svelte";

declareLanguage();

const target = document.getElementById("app");
if (target) mount(Welcome, { target });
