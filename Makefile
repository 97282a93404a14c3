# Two commands serve a fresh machine that has the Swift toolchain:
#   make run    installs what is missing, builds, and runs the main experiment
#   make test   the same up to the tests
PACKAGES = libyaml-dev libsqlite3-dev libopenblas-dev libssl-dev zlib1g-dev libjpeg-dev \
  pkg-config
# Only for tests: a JSON Schema validator that is not ours.
TEST_PACKAGES = python3-jsonschema python3-yaml
RELEASE = -c release
CASES = 1000000
PIPELINE = .build/release/pipeline
SPEC = experiments/titim_cifar.yaml
SUDO = $(if $(filter 0,$(shell id -u)),,sudo)

.PHONY: run test test-baseline sanitize torture fuzz smoke build packages lint format bench bench-peer \
  bench-language docs golden clean

run: build
	@$(PIPELINE) assets get cifar10 || $(PIPELINE) assets get fashion_mnist \
	  || echo "no real data set is at hand: the experiment's embedded one is used"
	$(PIPELINE) run $(SPEC)

test: PACKAGES += $(TEST_PACKAGES)
test: packages lint
	swift build $(RELEASE) --product pipeline
	swift test $(RELEASE) --disable-testable-imports

# The smoke profile twice: the second run must find everything in the cache.
smoke: build
	$(PIPELINE) run $(SPEC) --profile smoke
	$(PIPELINE) plan $(SPEC) --profile smoke --exit-code
	$(PIPELINE) run experiments/shell_example.yaml --profile smoke
	$(PIPELINE) verify experiments/shell_example.yaml --profile smoke

# Long checks that are not part of the tests: crashes, kills, many runs at once, full disks, altered
# bytes, damaged inputs. TORTURE=3 makes them three times as long.
torture: PACKAGES += sqlite3 procps bsdutils
torture: build
	swift build $(RELEASE) --product Fuzzer
	CASES=$(CASES) Tests/Torture/all

# Damaged specifications, expressions, tables, tensors and pictures: nothing may trap or hang.
fuzz: packages
	swift run $(RELEASE) Fuzzer --cases $(CASES)

build: packages
	swift build $(RELEASE) --product pipeline

packages:
	@missing=$$(for p in $(PACKAGES); do \
	  dpkg-query -W -f='$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || echo $$p; done); \
	if [ -n "$$missing" ]; then \
	  $(SUDO) apt-get update && $(SUDO) apt-get install -y --no-install-recommends $$missing; fi

lint:
	swift format lint --strict --recursive Package.swift Sources Tests Plugins

format:
	swift format --in-place --recursive Package.swift Sources Tests Plugins

# The tests of the numeric code as on a machine without AVX2: the plain compilation of our kernels,
# OpenBLAS's kernels for such machines.
test-baseline: packages
	OPENBLAS_CORETYPE=Nehalem swift test $(RELEASE) --disable-testable-imports \
	  -Xcc -DCK_BASELINE --scratch-path .build-baseline --filter ComputeTests

# The C kernels under the address and undefined-behaviour sanitizers.
sanitize:
	Tests/Sanitizer/run

# PEERS= names a folder with doit, snakemake and dvc, where they are not on PATH.
bench: build
	$(PIPELINE) bench kernels
	$(PIPELINE) bench training
	$(PIPELINE) bench inference
	Benchmarks/engine --peers '$(PEERS)'

# The same models in PyTorch, in turn with ours: make bench-peer PEER_PYTHON=/path/to/python
bench-peer: build
	$(or $(PEER_PYTHON),$(error PEER_PYTHON= must name a Python that has torch)) \
	  Benchmarks/peer.py $(PIPELINE)
	$(PEER_PYTHON) Benchmarks/peer_tarnet.py $(PIPELINE)

# A GGUF model in llama.cpp, in turn with ours: make bench-language MODEL=file PEER_PYTHON=python
bench-language: build
	$(or $(PEER_PYTHON),$(error PEER_PYTHON= must name a Python that has llama_cpp)) \
	  Benchmarks/language_peer.py $(PIPELINE) $(or $(MODEL),$(error MODEL= must name a GGUF file))

docs: build
	$(PIPELINE) stages --format md > docs/stages.md

# Takes the hashes of the golden study down again, after a change of results that was meant.
golden: build
	$(PIPELINE) verify --print-golden > GoldenHashes.tmp
	mv GoldenHashes.tmp Sources/Stages/Verification/GoldenHashes.swift

clean:
	rm -rf .build .build-baseline
