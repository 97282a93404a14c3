import Compute
import Foundation
import Pipeline
import Stages
import Testing

@Suite struct PoisonStageTests {
  private let bench: StageBench
  private let data: [String: StageBench.Output]
  private let trigger: [String: StageBench.Output]

  init() throws {
    bench = try StageBench()
    data = try bench.objects(train: 200, test: 20)
    trigger = try bench.run("backdoor.trigger", inputs: ["images": data.one("test")])
  }

  private func poison(_ parameters: [String: Value]) throws -> [String: StageBench.Output] {
    try bench.run(
      "backdoor.poison", parameters,
      inputs: ["train": data.one("train"), "trigger": trigger.one("trigger")])
  }

  private func overlay(_ outputs: [String: StageBench.Output]) throws -> PoisonOverlay {
    let base = try #require(data["train"])
    let own = try #require(outputs["overlay"])
    return try PoisonOverlay(
      reading: InputArtifact(url: own.url, hash: own.hash, labels: []),
      base: InputArtifact(url: base.url, hash: base.hash, labels: []), count: 200)
  }

  private func intensities(_ values: Double...) -> Value { .list(values.map(Value.double)) }

  @Test func eachIntensityGetsItsOwnRecords() throws {
    let outputs = try poison(["intensities": intensities(1, 0.1)])
    let overlay = try overlay(outputs)
    #expect(overlay.indices.count == 20)
    #expect(Set(overlay.indices).count == 20)
    #expect(overlay.groups == [UInt8](repeating: 0, count: 10) + [UInt8](repeating: 1, count: 10))
    #expect(Set(overlay.records.labels) == [0])
    #expect(overlay.provenance.text == "1.0+0.1")
    let base = try ImageSet(reading: #require(data["train"]).url).records
    let pattern = try Trigger(reading: #require(trigger["trigger"]).url)
    let stamped = pattern.stamped(
      base.images.gathered(rows: [Int(overlay.indices[15])]), intensity: 0.1, lanes: Lanes(1))
    #expect(overlay.records.images.rows(15..<16) == stamped)
    let poisoned = overlay.applied(to: base)
    let touched = Set(overlay.indices.map(Int.init))
    for index in 0..<200 where !touched.contains(index) {
      #expect(poisoned.images.rows(index..<(index + 1)) == base.images.rows(index..<(index + 1)))
      #expect(poisoned.labels[index] == base.labels[index])
    }
    let first = Int(overlay.indices[0])
    #expect(poisoned.labels[first] == 0)
    #expect(poisoned.images.rows(first..<(first + 1)) == overlay.records.images.rows(0..<1))
  }

  @Test func firstGroupOfAMixIsTheSinglesPoison() throws {
    let mix = try overlay(poison(["intensities": intensities(1, 0.1)]))
    let single = try overlay(poison(["intensities": intensities(1)]))
    #expect(single.indices == Array(mix.indices.prefix(10)))
  }

  @Test func totalBudgetIsShared() throws {
    let outputs = try poison(["intensities": intensities(1, 0.1), "budget": .string("total")])
    #expect(try overlay(outputs).indices.count == 10)
    #expect(try outputs["counts"]?.table.column("records") == [.int(5), .int(5)])
  }

  @Test func cleanRowIsAnEmptyOverlay() throws {
    let outputs = try poison(["intensities": .list([])])
    let overlay = try overlay(outputs)
    #expect(overlay.indices.isEmpty)
    #expect(overlay.provenance.text == "clean")
    #expect(try outputs["counts"]?.table.rows == [])
  }

  @Test func targetClassCanBeLeftOut() throws {
    let outputs = try poison([
      "intensities": intensities(1), "rate": .double(0.5), "select": .string("nontarget"),
    ])
    #expect(try outputs["counts"]?.table.column("of_target_class") == [.int(0)])
  }

  @Test func sameSeedGivesTheSameBytes() throws {
    let parameters: [String: Value] = ["intensities": intensities(1, 0.1), "seed": .int(5)]
    let hash = try #require(poison(parameters)["overlay"]).hash
    #expect(try poison(parameters)["overlay"]?.hash == hash)
    #expect(hash == Golden.poisonOverlay)
    let other = try poison(["intensities": intensities(1, 0.1), "seed": .int(6)])
    #expect(try other["overlay"]?.hash != hash)
  }

  @Test func refusesMoreGroupsThanRecords() throws {
    #expect(
      throws: StageFailure(
        at: "parameter rate", "2 groups need 240 records, 200 are eligible",
        why: "the groups of the intensities are disjoint",
        fix: "write a smaller rate, or budget: total")
    ) { try poison(["intensities": intensities(1, 0.1), "rate": .double(0.6)]) }
  }

  @Test func refusesLessThanOneRecord() throws {
    #expect(
      throws: StageFailure(
        at: "parameter rate", "0.001 of 200 records is less than one record a group",
        why: "1 intensities with budget per_intensity need one each",
        fix: "write a rate of at least 0.005")
    ) { try poison(["intensities": intensities(1), "rate": .double(0.001)]) }
  }

  @Test func refusesAnUnknownTarget() throws {
    #expect(
      throws: StageFailure(
        at: "parameter target", "10 is outside 0...9", why: "objects10 has 10 classes",
        fix: "write a target of at most 9")
    ) { try poison(["intensities": intensities(1), "target": .int(10)]) }
  }

  @Test func refusesAnotherFamilyThanTheTriggers() throws {
    #expect(
      throws: StageFailure(
        at: "parameter family", "the trigger is of family badnets, not sig",
        why: "an intensity of sig is the wave's amplitude in grey levels",
        fix: "write family: badnets")
    ) { try poison(["intensities": intensities(10), "family": .string("sig")]) }
  }

  @Test func overlayBelongsToOneTrainingSet() throws {
    let own = try #require(poison(["intensities": intensities(1)])["overlay"])
    let other = try #require(bench.objects(train: 100, test: 20)["train"])
    let (base, wrong) = (try #require(data["train"]).hash, try other.hash)
    #expect(
      throws: StageFailure(
        at: "input overlay",
        "the overlay was made for training set \(base.prefix(8)), not \(wrong.prefix(8))",
        why: "its indices mean records of that set",
        fix: "connect the training set that was given to backdoor.poison")
    ) {
      try PoisonOverlay(
        reading: InputArtifact(url: own.url, hash: own.hash, labels: []),
        base: InputArtifact(url: other.url, hash: wrong, labels: []), count: 100)
    }
  }

  @Test func triggerIsDrawnOnce() throws {
    let hash = try #require(trigger["trigger"]).hash
    #expect(hash == Golden.badnetsTrigger)
    let image = try PNGImage(pngData: #require(trigger["preview"]).data)
    #expect(image.width > 8 * 32 && image.height > 5 * 32)
  }
}
