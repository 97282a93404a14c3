"""A language model in llama.cpp, timed in turn with ours: `make bench-language MODEL= PEER_PYTHON=`.

    python Benchmarks/language_peer.py PIPELINE MODEL.gguf [--rounds 3] [--threads 2]

Each round runs our `bench language` and then the same in llama.cpp (Python package
llama-cpp-python): reading 512 tokens in one batch, then writing 64 greedily. The best round of each
side counts. Both read the same file; llama.cpp rounds activations to eight bits, we do not. It is
needed here only: nothing in the program or its tests depends on it.
"""
import argparse
import json
import subprocess
import time

from llama_cpp import Llama

PROMPT, WRITTEN = 512, 64


def ours(pipeline, model, threads):
    output = subprocess.run(
        [pipeline, "bench", "language", model, "--lanes", str(threads), "--rounds", "1", "--json"],
        check=True, capture_output=True, text=True).stdout
    return {(row["pass"], row["weights"]): row["tokens_per_second"] for row in json.loads(output)}


def theirs(llama, clock):
    ids = [(i * 7919 + 13) % 49152 for i in range(PROMPT)]
    llama.reset()
    start = clock()
    llama.eval(ids)
    middle = clock()
    token = llama.sample(temp=0.0)
    for _ in range(WRITTEN - 1):  # the first token comes from the prompt
        llama.eval([token])
        token = llama.sample(temp=0.0)
    end = clock()
    return {"prefill": PROMPT / (middle - start), "decode": WRITTEN / (end - middle)}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("pipeline")
    parser.add_argument("model")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    llama = Llama(
        arguments.model, n_ctx=1024, n_batch=PROMPT, n_ubatch=PROMPT,
        n_threads=arguments.threads, n_threads_batch=arguments.threads, verbose=False)
    # The clock of `bench language`: processor time of the one thread, or else the time of day.
    clock = time.thread_time if arguments.threads == 1 else time.perf_counter
    theirs(llama, clock)  # not counted
    best_ours, best_theirs = {}, {}
    for _ in range(arguments.rounds):
        for best, found in (
                (best_ours, ours(arguments.pipeline, arguments.model, arguments.threads)),
                (best_theirs, theirs(llama, clock))):
            for key, value in found.items():
                best[key] = max(best.get(key, 0), value)
    print("pass     weights  ours, tokens/s  llama.cpp  ratio")
    for (name, weights), value in best_ours.items():
        peer = best_theirs[name]
        print(f"{name:8} {weights:8} {value:14.1f} {peer:10.1f} {value / peer:6.2f}")


if __name__ == "__main__":
    main()
