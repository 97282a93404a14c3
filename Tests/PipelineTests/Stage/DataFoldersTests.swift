import Foundation
import Pipeline
import Testing

struct DataFoldersTests {
  /// A copy that remembers lists a folder once; the original and another copy look again.
  @Test func aFolderIsListedOnceInACopy() {
    var count = 0
    let folders = DataFolders([], project: URL(filePath: "/project"))
    func look(_ folders: DataFolders, _ path: String) -> [String] {
      folders.listing(of: URL(filePath: path)) {
        count += 1
        return ["look \(count)"]
      }
    }
    let copy = folders.remembering()
    #expect(look(copy, "/project/a") == ["look 1"])
    #expect(look(copy, "/project/a") == ["look 1"])
    #expect(look(copy, "/project/b") == ["look 2"])
    #expect(look(copy.remembering(), "/project/a") == ["look 3"])
    #expect(look(folders, "/project/a") == ["look 4"])
    #expect(look(folders, "/project/a") == ["look 5"])
  }
}
