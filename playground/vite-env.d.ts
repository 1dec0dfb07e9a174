/// <reference types="vite/client" />

/** URL of stored predictions in a smaller file, which compact-predictions.ts writes. */
declare module '*.safetensors?compact' {
  const url: string;
  export default url;
}
