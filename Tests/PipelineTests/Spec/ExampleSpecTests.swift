import Pipeline
import Testing

@Suite("The example specification")
struct ExampleSpecTests {
  @Test func everyProfileIsSound() throws {
    let loader = ExampleSpec.loader([
      ExampleSpec.file: ExampleSpec.text, "experiments/common/defaults.yaml": ExampleSpec.defaults,
    ])
    let counts = try loader.check(file: ExampleSpec.file).profiles
    #expect(counts.map(\.profile) == ["smoke", "default", "paper"])
    // data + poison 4 + model 4s + attack 4st + scale_up st + summary, for s seeds and t opacities
    #expect(
      counts.map(\.instanceCount) == [
        1 + 4 + 4 + 8 + 2 + 1, 1 + 4 + 12 + 60 + 15 + 1, 1 + 4 + 20 + 100 + 25 + 1,
      ])
  }

  @Test func instancesAreJoinedByLabel() throws {
    let graph = try ExampleSpec.load()
    let model = try #require(graph.instances.first { $0.id == "model[train_opacity=mixed,seed=2]" })
    let sources = model.inputs.map { input in
      input.sources.map { graph.instances[$0.instance].id + "." + $0.output }
    }
    #expect(sources == [["poison[train_opacity=mixed].images"], ["data.test"]])
    #expect(model.bound.parameters["seed"] == .int(2))
    #expect(model.bound.parameters["lr"] == .double(0.05))
    #expect(model.resources.cpus == 2)
    #expect(model.resources.memoryBytes == 3 << 30)
    #expect(model.resources.timeoutSeconds == 1_800)
    #expect(model.resources.maxRetries == 2)
    let pinned = try #require(
      graph.instances.first { $0.id == "scale_up[test_opacity=0.1,seed=3]" })
    #expect(
      graph.instances[pinned.inputs[0].sources[0].instance].id == "model[train_opacity=1.0,seed=3]")
  }

  @Test func producersStandBeforeConsumers() throws {
    let graph = try ExampleSpec.load()
    for (index, instance) in graph.instances.enumerated() {
      #expect(instance.inputs.flatMap(\.sources).allSatisfy { $0.instance < index })
    }
  }

  @Test func gatheredInputsKeepAxisOrderAndLabels() throws {
    let graph = try ExampleSpec.load(profile: "smoke")
    let summary = try #require(graph.instances.last)
    #expect(summary.id == "summary")
    let labels = summary.inputs[0].sources.map { source in
      source.gatheredLabels.map { "\($0.axis)=\($0.label)" }.joined(separator: ",")
    }
    #expect(labels.count == 8)
    #expect(
      labels.prefix(3) == [
        "train_opacity=1.0,test_opacity=0.1,seed=1", "train_opacity=1.0,test_opacity=1.0,seed=1",
        "train_opacity=0.5,test_opacity=0.1,seed=1",
      ])
  }

  @Test func aStageThatIsOffGivesNothing() throws {
    let graph = try ExampleSpec.load(overrides: ["poison_rate=0"])
    #expect(graph.instances.filter { $0.stage == "scale_up" }.allSatisfy { !$0.isEnabled })
    let summary = try #require(graph.instances.last)
    #expect(summary.isEnabled)
    #expect(summary.inputs.map(\.slot) == ["attacks"])
  }

  @Test func valuesCarryTheirOrigin() throws {
    let graph = try ExampleSpec.load(profile: "smoke", overrides: ["epochs=3"])
    let origins = Dictionary(
      graph.experiment.parameters.map { ($0.name, "\($0.value.plainText) from \($0.origin)") },
      uniquingKeysWith: { $1 })
    #expect(origins["epochs"] == "3 from command line")
    #expect(origins["arch"] == "cnn4 from profile smoke (experiments/titim_cifar.yaml:28)")
    #expect(origins["lr"] == "0.05 from default (experiments/titim_cifar.yaml:13)")
    let attack = try #require(graph.instances.first { $0.stage == "attack" })
    #expect(
      attack.parameterOrigins == [
        "opacity": "axes (experiments/titim_cifar.yaml:23)",
        "target": "default (experiments/titim_cifar.yaml:15)",
        "trigger": "experiments/titim_cifar.yaml:39",
      ])
  }

  @Test func viewsAndClaimsAreRead() throws {
    let graph = try ExampleSpec.load()
    let asr = graph.tables[0]
    #expect(
      asr.rows == ["train_opacity"] && asr.columns == ["test_opacity"] && asr.over == ["seed"])
    #expect(asr.format.numbers == NumberStyle(decimals: 2))
    #expect(asr.format.scale == 100 && asr.format.showsSpread)
    #expect(asr.derived.map(\.name) == ["worst", "mean"])
    #expect(asr.highlight?.prefersHigher == true)
    #expect(graph.plots.map(\.kind) == [.line, .heatmap, .images])
    let claim = graph.expectations[1]
    guard case .within(let cell, 92.77, 3, nil) = claim.condition else {
      Issue.record("\(claim.condition)")
      return
    }
    #expect(cell.view == "asr" && cell.column == "worst")
    #expect(graph.expectations[2].seeds == .paired)
    #expect(graph.expectations[3].level == .warn)
  }

  @Test func resolvedEntriesNameEveryValue() throws {
    let loader = ExampleSpec.loader([
      ExampleSpec.file: ExampleSpec.text, "experiments/common/defaults.yaml": ExampleSpec.defaults,
    ])
    let resolved = try loader.resolve(
      file: ExampleSpec.file, SpecChanges(overrides: ["axes.seed=[2, 7]"]))
    let lines = resolved.entries.map { "\($0.path) = \($0.value.canonicalJSON) (\($0.origin))" }
    #expect(lines.contains("axes.seed[7] = 7 (command line)"))
    #expect(lines.contains("axes.seed[2] = 2 (axes (experiments/titim_cifar.yaml:24))"))
    #expect(lines.contains("stages.data.with.lanes = 1 (stage default)"))
    #expect(lines.contains("stages.model.with.seed = 7 (command line)"))
    guard case .map(let top) = resolved.value, case .map(let params) = top["params"] else {
      Issue.record("no params")
      return
    }
    #expect(params["poison_rate"] == .double(0.05))
  }
}
