import Compute
import Foundation
import Pipeline
import Stages
import Testing

@Suite struct ImagesStageTests {
  @Test func embeddedSetIsBalancedAndStable() throws {
    let bench = try StageBench()
    let data = try bench.objects(train: 40, test: 20)
    let train = try ImageSet(reading: #require(data["train"]).url)
    #expect(train.name == "objects10")
    #expect(train.records.indicesByClass(10).allSatisfy { $0.count == 4 })
    #expect(bench.log == ["data set: objects10"])
    let again = try bench.objects(train: 40, test: 20)
    #expect(try data["train"]?.hash == again["train"]?.hash)
    let hashes = (try #require(data["train"]).hash, try #require(data["test"]).hash)
    #expect(hashes.0 == Golden.objectsTrain)
    #expect(hashes.1 == Golden.objectsTest)
    #expect(try data["classes"]?.table.column("train") == [Value](repeating: .int(4), count: 10))
    #expect(try data["files"]?.table.rows == [])
  }

  @Test func embeddedSetDoesNotDependOnLanesOrLength() {
    let long = Objects10.make(300, split: "train", seed: 0, lanes: Lanes(1))
    #expect(Objects10.make(300, split: "train", seed: 0, lanes: Lanes(2)) == long)
    #expect(Objects10.make(20, split: "train", seed: 0, lanes: Lanes(1)) == long.prefix(20))
    #expect(Objects10.make(20, split: "train", seed: 1, lanes: Lanes(1)) != long.prefix(20))
  }

  @Test func saysHowToGetWhatIsMissing() throws {
    let bench = try StageBench()
    let empty = DataFolders([bench.folder])
    #expect(
      throws: StageFailure(
        .environment, at: "parameter prefer", "none of cifar10 is available",
        why: "looked in \(bench.folder.path)",
        fix: "mkdir -p data && curl -L https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz "
          + "| tar -xz -C data")
    ) {
      try bench.run("dataset.images", ["prefer": .list([.string("cifar10")])], files: empty)
    }
  }

  @Test func aCompleteCopyIsNamedByItsHash() throws {
    let bench = try StageBench()
    let folder = bench.folder.appending(path: "cifar-10-batches-bin")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let names = (1...5).map { "data_batch_\($0).bin" } + ["test_batch.bin"]
    for (label, name) in names.enumerated() {
      let record = [UInt8(label)] + [UInt8](repeating: 9, count: 3072)
      let url = folder.appending(path: name)
      try Data(record).write(to: url)
      let file = try FileHandle(forWritingTo: url)
      try file.truncate(atOffset: UInt64(CIFARReader.fileByteCount))
      try file.close()
    }
    let data = try bench.run(
      "dataset.images", ["train": .int(10_001), "test": .int(1)],
      files: DataFolders([bench.folder]))
    let train = try ImageSet(reading: #require(data["train"]).url)
    #expect(train.name == "cifar10 (copy \(train.hash.prefix(8)))")
    #expect(train.records.labels.suffix(2) == [0, 1])
    let files = try #require(data["files"]).table
    #expect(files.column("file").count == 6)
    #expect(files.column("official") == [Value](repeating: .null, count: 6))
  }

  @Test(.enabled(if: Assets.cifar10.locate(in: RealData.folders) != nil, "CIFAR-10 is not here"))
  func cifarRecordsAndStamps() throws {
    let folder = try #require(Assets.cifar10.locate(in: RealData.folders))
    let test = try CIFARReader.read([folder.appending(path: "test_batch.bin")], limit: 10_000)
    #expect(test.labels.prefix(10) == [3, 8, 8, 0, 6, 6, 1, 6, 3, 1])
    #expect(test.indicesByClass(10).allSatisfy { $0.count == 1000 })
    let batch = try CIFARReader.read([folder.appending(path: "data_batch_1.bin")], limit: 10)
    #expect(batch.labels == [6, 9, 9, 4, 1, 1, 2, 7, 8, 3])
    let record = test.images.rows(0..<1)
    #expect(record.values.map(Int.init).reduce(0, +) == 332_962)
    #expect(Array(record.values.prefix(5)) == [158, 159, 165, 166, 160])
    let stamped = Trigger(TriggerSettings(family: .square)).stamped(
      record, intensity: 0.3, lanes: Lanes(1))
    for (channel, expected) in [109, 154, 191].enumerated() {
      #expect(Int(stamped.values[channel * 1024 + 28 * 32 + 28]) == expected)
    }
    #expect(stamped.values.map(Int.init).reduce(0, +) == 335_174)
  }

  @Test(
    .enabled(
      if: Assets.fashionMNIST.locate(in: RealData.folders) != nil, "Fashion-MNIST is not here"))
  func fashionTestSet() throws {
    let folder = try #require(Assets.fashionMNIST.locate(in: RealData.folders))
    let test = try IDXReader.read(
      images: folder.appending(path: "t10k-images-idx3-ubyte.gz"),
      labels: folder.appending(path: "t10k-labels-idx1-ubyte.gz"), limit: 10_000)
    #expect(test.indicesByClass(10).allSatisfy { $0.count == 1000 })
    #expect(test.labels.prefix(10) == [9, 2, 1, 1, 6, 1, 4, 6, 5, 7])
  }
}
